"""kvswatch's own AWS calls, counted: its footprint in an account, and what tells its calls from a stolen role's."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class CallOutcome(StrEnum):
    """How one attempt of a call ended. BEGUN: it was sent, and the process ended before the answer came."""

    OK = "ok"
    DENIED = "denied"
    THROTTLED = "throttled"
    FAILED = "failed"
    BEGUN = "begun"


@dataclass(frozen=True, slots=True, order=True)
class OwnCalls:
    """`n` attempts of one API in one hour. `api` is IAM's name of the call, "kinesisvideo:ListStreams".

    `account` is the one looked into, also for the sts:AssumeRole that leads there. Each retry is an attempt of its own,
    because AWS counts and logs it as one.
    """

    account: int
    hour: datetime
    api: str
    region: str
    outcome: CallOutcome
    n: int


@dataclass(frozen=True, slots=True)
class DayOfCalls:
    """All attempts in one account on one UTC day, and those among them that were throttled, denied or failed."""

    day: date
    calls: int
    throttled: int
    denied: int
    failed: int
