"""What the tests of the collectors share."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from app import clock
from app.aws.collectors._collector import Calls
from app.aws.ledger import Ledger
from app.aws.session import AccountSession
from tests.builders.polling import account_of, aws_settings


@pytest.fixture
def calls_of(aws: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Calls]]:
    """Return how to call into an account of the small emulated organization, in one Region of it."""
    for name, value in aws.environment().items():
        monkeypatch.setenv(name, value)
    opened: list[AccountSession] = []

    def calls(account: str, region: str = "") -> Calls:
        opened.append(AccountSession(account_of(aws, account), aws_settings(aws), Ledger()))
        return Calls(opened[-1], region, clock.now(), lambda _progress: None, time.sleep)

    yield calls
    for session in opened:
        session.close()
    aws.faults()
