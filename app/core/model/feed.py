"""A feed: one source of one account in one Region, which is the job, its lease and its cursor at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Cursor = Mapping[str, Any]
"""What a source needs to go on: JSON, its keys known to that source alone."""

LISTENING = ("sqs_logs",)
"""Sources that wait for what is to come: always due or at work, in threads of a worker that take no other."""


@dataclass(frozen=True, slots=True, order=True)
class FeedKey:
    """What names a feed. `region` is "" for global ones.

    Of `s3_logs` it is the name of the bucket, "" for the account's first.
    """

    account_id: int
    source: str
    region: str = ""


@dataclass(frozen=True, slots=True)
class Backfill:
    """How much of the past was read and how much is left, in files and in bytes as they are stored (compressed).

    What is left is an estimate, None before there is one. `per_s`: files a second, None before it is known.
    Where nothing lists files, in event histories and log groups, these are calls, and sizes are 0.
    """

    files: int
    size: int
    files_left: int | None
    size_left: int | None
    per_s: float | None

    @property
    def seconds_left(self) -> float | None:
        """How much longer it takes at this rate."""
        return None if self.files_left is None or not self.per_s else self.files_left / self.per_s


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a long run is. `total` None: not known, and then nobody pretends to."""

    done: int
    total: int | None
    unit: str
    backfill: Backfill | None = None


@dataclass(frozen=True, slots=True)
class Records:
    """How many records of CloudTrail were read, and of these how many were kept and how many could not be read.

    The rest is of no kept kind. What is read again counts again.
    """

    read: int = 0
    kept: int = 0
    rejected: int = 0


NO_RECORDS = Records()


@dataclass(frozen=True, slots=True)
class Feed:
    """One feed as stored. `attempts` counts failures in a row; all times are aware UTC."""

    key: FeedKey
    every_s: int
    next_at: datetime
    owner: str | None = None
    lease_until: datetime | None = None
    cursor: Cursor | None = None
    attempts: int = 0
    last_started_at: datetime | None = None
    last_success_at: datetime | None = None
    last_error_at: datetime | None = None
    last_error: str | None = None
    progress: Progress | None = None
    last_call: str | None = None
    last_call_at: datetime | None = None
    backfill_stopped_at: datetime | None = None
    """Since when nothing of the past is read, because somebody said so."""
    records: Records = NO_RECORDS
