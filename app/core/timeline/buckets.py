"""Buckets of a chart: the ladder of widths, and counts laid into them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

LADDER: tuple[timedelta, ...] = (
    *(timedelta(seconds=n) for n in (1, 5, 15)),
    *(timedelta(minutes=n) for n in (1, 5, 15)),
    *(timedelta(hours=n) for n in (1, 3, 6)),
    *(timedelta(days=n) for n in (1, 7, 28)),
)
MOST_BARS = 200
"""A screen has room for 200 to 300 bars; a range of more than 50 days is drawn by days, which a rollup holds."""
ORIGIN = datetime(2001, 1, 1, tzinfo=UTC)
"""A Monday at midnight, so that bars of a day or a week begin where people expect them to."""


@dataclass(frozen=True, slots=True)
class Buckets:
    """`bars` buckets of `width` from `start`; the first and the last may reach over the range that was asked for."""

    start: datetime
    width: timedelta
    bars: int

    @property
    def end(self) -> datetime:
        """The end of the last bucket."""
        return self.start + self.bars * self.width

    def index(self, at: datetime) -> int:
        """Return the bucket that holds `at`; negative or past `bars` when none does."""
        return (at - self.start) // self.width


@dataclass(frozen=True, slots=True)
class Counts:
    """Calls of one action, bucket by bucket: `calls` stand in `places`; `errors` of all were refused or failed.

    Thousands of bars come as a few rows: each row of an answer costs more than what stands in it.
    """

    action: str
    places: Sequence[int]
    calls: Sequence[int]
    errors: int

    @property
    def total(self) -> int:
        """The calls of all buckets."""
        return sum(self.calls)


def buckets(start: datetime, end: datetime, least: timedelta = LADDER[0]) -> Buckets:
    """Return the narrowest buckets, of `least` or wider, that show [start, end) in at most `MOST_BARS` bars."""
    for width in (width for width in LADDER if width >= least):
        first = floor(start, width)
        bars = -((first - end) // width)
        if bars <= MOST_BARS:
            return Buckets(first, width, bars)
    width = LADDER[-1]
    while -((floor(start, width) - end) // width) > MOST_BARS:
        width *= 2
    return Buckets(floor(start, width), width, -((floor(start, width) - end) // width))


def floor(at: datetime, width: timedelta) -> datetime:
    """Return the start of the bucket of `width` that holds `at`."""
    return at - (at - ORIGIN) % width


def laid_out(counts: Iterable[Counts], into: Buckets, key: Callable[[str], str]) -> dict[str, list[int]]:
    """Return the calls in each bucket, by the series that `key` gives an action."""
    rows: dict[str, list[int]] = {}
    for one in counts:
        row = rows.setdefault(key(one.action), [0] * into.bars)
        for place, calls in zip(one.places, one.calls, strict=True):
            if 0 <= place < into.bars:
                row[place] += calls
    return rows
