"""What every source of CloudTrail records is: read from a cursor, batch by batch."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from app.aws.session import AccountSession
from app.core.model.account import AccountKind
from app.core.model.feed import Cursor, Progress
from app.core.model.own_call import CallOutcome
from app.core.normalise.trail_file import WHOLE_FILE


@dataclass(frozen=True, slots=True)
class Fetched:
    """A log file as it lay there, or one record (`is_record`); `problem` says why there is none.

    Then `blob` is what is at fault, as far as it came, and `place` says which part of `origin` that is.
    `at` is when the call of a record was, as its source says beside it. `size` is what a file has at least, in bytes,
    that is larger than the limit.
    """

    origin: str
    blob: bytes = b""
    is_record: bool = False
    problem: str | None = None
    place: str = WHOLE_FILE
    at: datetime | None = None
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """What was fetched, and the cursor behind it: both are stored together or not at all.

    `is_live` False: of the past, which may be broken off between two batches and go on another time. What is live
    may be broken off only behind a batch that `has_more` to come: from there another run goes on without reading again.
    """

    fetched: tuple[Fetched, ...]
    cursor: Cursor
    progress: Progress | None
    is_live: bool
    has_more: bool = False


Count = Callable[[str, str, CallOutcome, int], None]
"""Told (IAM action, Region, outcome, number) of calls that go past boto3 and so past its ledger."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be read: `region` "" for all of them, nothing of before `since`. `count` is told of S3 calls.

    `kept_from` is the first day of which anything is kept: also a backfill that was begun long ago ends there.
    Without `wants_backfill` only what is new is read. `again` are log files that an earlier, lower limit refused.
    """

    region: str
    since: datetime
    now: datetime
    count: Count = lambda _action, _region, _outcome, _n: None
    kept_from: date = date.min
    wants_backfill: bool = True
    again: tuple[str, ...] = ()


Read = Callable[[AccountSession, Cursor | None, Request], Iterator[Batch]]
"""Yields what lies behind the cursor, the newest first as far as the source can; ends when there is nothing more.

Whoever reads asks for the next batch only when the last one is stored for good: behind its `yield` a source may let go
of what brought it, such as the messages of a queue. One that is never asked again has stored nothing more.

Raises CouldNotLook when the source cannot be read; what was yielded before stays read.
"""


@dataclass(frozen=True, slots=True)
class Source:
    """One source. Its file's name is the `source` of its feeds; `permissions` are all that it may call."""

    permissions: tuple[str, ...]
    kinds: frozenset[AccountKind]
    read: Read
