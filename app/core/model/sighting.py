"""What a record shows of an assumption, and the first and the newest record that show it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from app.core.model.event import Event
from app.core.model.session import IssuedSession

Look = tuple[int, bool, bool, tuple[Any, ...]]
"""How records look to the checks: account, whether the demo made them, whether they are of sessions, what is seen."""
Ends = list[Event | IssuedSession]
"""The first and the newest record of a look."""


class Verdict(StrEnum):
    """What one record says of an assumption; most say nothing."""

    CONFIRMS = "confirms"
    REFUTES = "refutes"


@dataclass(frozen=True, slots=True, order=True)
class RecordKey:
    """What names one record, earliest first."""

    event_time: datetime
    event_id: str
    account: int


@dataclass(frozen=True, slots=True)
class Sighting:
    """Records that said the same of one assumption: the first and the newest of them, which may be one.

    `call` is the eventName that they are of, "" where the assumption asks of no call in particular.
    `is_emulated`: kvswatch's own demo made them, so they show nothing of AWS.
    """

    assumption: str
    call: str
    verdict: Verdict
    is_emulated: bool
    first: RecordKey
    newest: RecordKey
