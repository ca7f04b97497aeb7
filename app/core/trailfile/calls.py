"""How many calls the past of a source takes that lists nothing: sampled first, then held against what it took.

An event history, or a log group, tells nothing of how much there is. A page of it tells how densely events lie around
one moment. Some such moments tell of all of the past; days on which much more happened than on others may lie between
them. As pages are read, what they were foretold to be corrects the rest.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from app.core.model.feed import Backfill
from app.core.trailfile import backfill
from app.core.trailfile.backfill import Pace

MOST_A_SECOND: Mapping[str, float] = {"lookup_events": 2.0, "cloudwatch_logs": 5.0}
"""AWS's own limits by source, of each account and Region: its own programs ask there too."""
SAMPLES = 24
"""Calls that are made only to estimate, at most: as many as days of a bucket are listed for it."""
_GOLDEN = 0.618034
"""Its multiples are spread evenly over the unit interval: samples at one hour of the day would take it for all."""
_ENOUGH = 20
"""Calls of one pass that say how wrong its samples are."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of time, and how many calls a day of it takes."""

    since: datetime
    until: datetime
    a_day: float

    def calls(self, since: datetime, until: datetime) -> float:
        """Return how many calls the part of it between two times takes."""
        return max(timedelta(), min(until, self.until) - max(since, self.since)) / _DAY * self.a_day


@dataclass(frozen=True, slots=True)
class Point:
    """How many calls a day it takes around a moment: a page that ends `at` it, and reaches back to `seen`, told so."""

    at: datetime
    seen: datetime
    a_day: float


def surveyed(newest: Point, since: datetime, n: int, look: Callable[[datetime], Point]) -> tuple[Stretch, ...]:
    """Return the past from `since` to `newest` in stretches, by at most `n` looks.

    Half of them are spread over all of it, the others go where those differ most: between what is and what is not.
    """
    points = [newest]
    spread = max(1, n // 2)
    length = (newest.seen - since) / spread
    for number in range(spread):
        at = newest.seen - length * (number + (number + 1) * _GOLDEN % 1)
        if at < points[-1].seen:
            points.append(look(at))
    while len(points) <= n:
        newer, older = max(pairwise(points), key=lambda pair: _doubt(*pair), default=(newest, newest))
        if _doubt(newer, older) < 1:
            break
        points.insert(points.index(older), look(older.at + (newer.seen - older.at) / 2))
    return tuple(_stretches(points, since))


def _doubt(newer: Point, older: Point) -> float:
    """Return by how many calls it may matter where between two points what differs begins."""
    return abs(newer.a_day - older.a_day) * (max(timedelta(), newer.seen - older.at) / _DAY)


def _stretches(points: Sequence[Point], since: datetime) -> Iterator[Stretch]:
    for newer, older in pairwise(points):
        yield Stretch(max(newer.seen, older.at), newer.at, newer.a_day)
        if older.at < newer.seen:
            yield Stretch(older.at, newer.seen, (newer.a_day + older.a_day) / 2)
    yield Stretch(since, points[-1].at, points[-1].a_day)


@dataclass(slots=True)
class CallPace:
    """What one pass over the past took and takes: a source may read it several times, each for something else.

    `foretold`: how many calls the samples foretold for what was read.
    """

    sampled: tuple[Stretch, ...] = ()
    foretold: float = 0.0
    pace: Pace = field(default_factory=Pace)

    def took(self, since: datetime, until: datetime, now: datetime) -> None:
        """Count a call that read what lies between two times."""
        self.foretold += self._of_samples(since, until)
        self.pace.took(1, 0, now)

    def left(self, since: datetime, until: datetime) -> float | None:
        """Return how many calls it takes to read what lies between two times; None: nobody has looked."""
        if not self.sampled:
            return None
        ratio = self.pace.files / self.foretold if self.pace.files >= _ENOUGH and self.foretold else 1.0
        # Also of a time without any event somebody has to ask.
        return max(1.0, self._of_samples(since, until) * ratio)

    def _of_samples(self, since: datetime, until: datetime) -> float:
        return sum(stretch.calls(since, until) for stretch in self.sampled)


def calls_of(passes: Iterable[tuple[CallPace, tuple[datetime, datetime] | None]]) -> Backfill:
    """Return how far the past is read, of passes with what is left of each: None, or what lies between two times."""
    found = list(passes)
    left = [pace.left(*span) for pace, span in found if span is not None]
    known = None if None in left else round(sum(filter(None, left)))
    # They go one after the other: the last that was at work tells how fast.
    rates = [(pace.pace.at, rate) for pace, _ in found if pace.pace.at and (rate := pace.pace.per_s()) is not None]
    done = sum(pace.pace.files for pace, _ in found)
    return Backfill(done, 0, known, None if known is None else 0, max(rates)[1] if rates else None)


def to_json(pace: CallPace) -> dict[str, Any]:
    """Return it as it is stored with the cursor."""
    return {
        "sampled": [[one.since.isoformat(), one.until.isoformat(), one.a_day] for one in pace.sampled],
        "foretold": pace.foretold,
        "pace": backfill.to_json(pace.pace),
    }


def from_json(stored: Mapping[str, Any] | None) -> CallPace:
    """Return what was stored; a cursor of before there was an estimate gets one for what is left."""
    if stored is None:
        return CallPace()
    time = datetime.fromisoformat
    sampled = tuple(Stretch(time(since), time(until), a_day) for since, until, a_day in stored["sampled"])
    return CallPace(sampled, stored["foretold"], backfill.from_json(stored["pace"]))
