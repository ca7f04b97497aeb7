"""How much of the past a bucket holds, how fast it comes in, and what reading it costs: an estimate, then a measure.

Before the first file of a backfill is read the listings of some days are sampled; once enough days are done their own
average takes the sample's place. The rate is that of the present stretch of work: time in which nobody worked on it
(it was stopped, the worker was down) does not count.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.core.model.feed import Backfill

MOST_FILES_A_SECOND = 500
"""What kvswatch allows itself of one bucket's Region."""
SAMPLES = 24
"""Days of places whose listings are sampled, at least: one of each place is, however many there are."""
MOST_SAMPLED = 5_000
"""Files that are counted of one of them at most."""
GET_DOLLARS, LIST_DOLLARS = 0.4e-6, 5e-6
"""Of one request (Amazon S3 pricing, S3 Standard, us-east-1; other Regions differ by little). Not checked here."""
_ENOUGH_DAYS = 50
"""Days of places that say more of the rest than the sample does."""
_PAUSE = timedelta(minutes=5)
"""Without a file for so long, a new stretch begins."""
_LEAST_STRETCH = timedelta(seconds=30)
"""A shorter one says nothing of the rate."""


def request_dollars(files: int, folders: int) -> float:
    """Return what so many files and folders of one day cost to get and to list, by S3's list prices."""
    return files * GET_DOLLARS + folders * LIST_DOLLARS


@dataclass(slots=True)
class Pace:
    """What a backfill has read, and since when without a pause. `size` in bytes as stored, compressed.

    `sample`: files and bytes that one day of one place has, on average, as sampled before it began.
    """

    files: int = 0
    size: int = 0
    sample: tuple[float, float] | None = None
    since: datetime | None = None
    since_files: int = 0
    at: datetime | None = None

    def sampled(self, days: Sequence[tuple[int, int]]) -> None:
        """Take (files, bytes) of some days of some places as what the others have."""
        n = max(1, len(days))
        self.sample = sum(files for files, _ in days) / n, sum(size for _, size in days) / n

    def took(self, files: int, size: int, now: datetime) -> None:
        """Count files that were read."""
        if self.since is None or self.at is None or now - self.at > _PAUSE:
            self.since, self.since_files = now, self.files + files
        self.files, self.size, self.at = self.files + files, self.size + size, now

    def backfill(self, done: int, total: int) -> Backfill:
        """Return how far the backfill is when `done` of `total` days of places are read."""
        a_day = (self.files / done, self.size / done) if done >= _ENOUGH_DAYS else self.sample
        # Where no sample has a file, others may: that is no estimate.
        is_known = a_day is not None and (a_day[0] > 0 or done == total)
        files, size = (round(each * (total - done)) for each in a_day) if a_day and is_known else (None, None)
        return Backfill(self.files, self.size, files, size, self.per_s())

    def per_s(self) -> float | None:
        """Return the rate of the present stretch of work; None where it says nothing yet."""
        if self.since is None or self.at is None or self.at - self.since < _LEAST_STRETCH:
            return None
        return (self.files - self.since_files) / (self.at - self.since).total_seconds()


def to_json(pace: Pace) -> dict[str, Any]:
    """Return the pace as it is stored with the cursor."""
    since, at = (None if time is None else time.isoformat() for time in (pace.since, pace.at))
    return {
        "files": pace.files,
        "size": pace.size,
        "sample": pace.sample,
        "since": since,
        "since_files": pace.since_files,
        "at": at,
    }


def from_json(stored: Mapping[str, Any] | None) -> Pace:
    """Return a stored pace; a cursor of before there was one begins to count now."""
    if stored is None:
        return Pace()
    since, at = (None if text is None else datetime.fromisoformat(text) for text in (stored["since"], stored["at"]))
    sample = None if stored["sample"] is None else (float(stored["sample"][0]), float(stored["sample"][1]))
    return Pace(stored["files"], stored["size"], sample, since, stored["since_files"], at)
