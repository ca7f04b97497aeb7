"""Hours in which no log file came to a folder that has one in nearly every hour.

Where digests list what was delivered, a missing file is known by name. Where there are none, or they were deleted with
it, the hours around are all there is to tell by. An hour without a call has no file: so only of a folder that is hardly
ever silent is a silence odd.
"""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core.coverage.gaps import REACH

HOUR = timedelta(hours=1)
AROUND = timedelta(days=7)
"""How far before and after a silence other hours are held against it: what is silent every Sunday shows within."""
LEAST_AROUND = timedelta(days=3)
"""How much of that there must be, on either side; for a silence of more than a day all of it."""
_LONG = timedelta(days=1)
_ENOUGH = 99
"""Percent of the hours on either side that must have a file."""


@dataclass(frozen=True, slots=True)
class Silence:
    """Whole hours from `start` up to, not including, `end`, in which no log file was delivered.

    Of `around` hours before and after, `with_file` have one.
    """

    start: datetime
    end: datetime
    with_file: int
    around: int

    @property
    def open_from(self) -> datetime:
        """From when on calls may be missing: those of a file's reach before would have come in the first hour."""
        return self.start - REACH

    @property
    def reason(self) -> str:
        """What is odd about it, in words. The share is rounded towards less."""
        n = (self.end - self.start) // HOUR
        tenths = 1000 * self.with_file // self.around
        share = f"{tenths // 10}" if tenths % 10 == 0 else f"{tenths // 10}.{tenths % 10}"
        hours = f"{n:,} hour{'' if n == 1 else 's'}"
        return f"no log file came for {hours}, though {share} % of the hours around have one"


def silences(empty: Iterable[datetime], start: datetime, end: datetime) -> tuple[Silence, ...]:
    """Return the silences of a folder that was read whole from `start` to `end`, oldest first.

    `empty` are the hours within, by their beginning, that no file of the folder was delivered in. What is silent at
    either end of the range is none: nobody knows what came before, or comes after.
    """
    hours = sorted(set(empty))
    found = (_silence(run, hours, start, end) for run in _runs(hours))
    return tuple(silence for silence in found if silence is not None)


def _runs(hours: list[datetime]) -> list[tuple[datetime, datetime]]:
    """Return from when to when hours follow each other."""
    runs: list[tuple[datetime, datetime]] = []
    for hour in hours:
        if runs and runs[-1][1] == hour:
            runs[-1] = (runs[-1][0], hour + HOUR)
        else:
            runs.append((hour, hour + HOUR))
    return runs


def _silence(run: tuple[datetime, datetime], hours: list[datetime], start: datetime, end: datetime) -> Silence | None:
    sides = [(max(start, run[0] - AROUND), run[0]), (run[1], min(end, run[1] + AROUND))]
    least = AROUND if run[1] - run[0] > _LONG else LEAST_AROUND
    counts = [_counted(since, until, hours) for since, until in sides]
    if any(until - since < least for since, until in sides):
        return None
    if any(100 * with_file < _ENOUGH * whole for with_file, whole in counts):
        return None
    return Silence(*run, sum(with_file for with_file, _ in counts), sum(whole for _, whole in counts))


def _counted(since: datetime, until: datetime, hours: list[datetime]) -> tuple[int, int]:
    """Return how many hours have a file, and how many there are."""
    whole = max(0, (until - since) // HOUR)
    return whole - (bisect_left(hours, until) - bisect_left(hours, since)), whole
