"""One story at a time, on one day of the whole organization, as decoded records."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from app.demo.estate import estate
from app.demo.stories import Day
from app.demo.traffic import all_stories

MIDNIGHT = 1_795_392_000
"""2026-11-23, the day number 0 of these tests."""
ESTATE = estate()
SMALL = estate(small=True)
Records = list[dict[str, Any]]
Tell = Callable[..., Records]


def day(number: int, *, small: bool = False) -> Day:
    return Day(SMALL if small else ESTATE, number, MIDNIGHT + number * 86_400, seed=7)


@pytest.fixture
def tell() -> Tell:
    def told(story: str, number: int, *, small: bool = False) -> Records:
        happened = all_stories()[story].tell(day(number, small=small))
        return [msgspec.json.decode(happening.raw) for happening in happened]

    return told


def calls(records: Records, *names: str) -> Records:
    return [record for record in records if record["eventName"] in names]


def addresses(records: Records) -> set[str]:
    return {record["sourceIPAddress"] for record in records}


def stream_of(record: dict[str, Any]) -> str:
    return str(record["requestParameters"]["streamName"])
