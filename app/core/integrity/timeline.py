"""The verdicts over a range of time, as one line: of all that holds at a moment the worst is told."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from app.core.integrity.verdict import worst
from app.core.model.integrity import Judged, Verdict

NOT_JUDGED = Judged(Verdict.UNVERIFIED, "no digest of that time was judged yet, or there is none")


@dataclass(frozen=True, slots=True)
class Stretch:
    """One verdict that holds from `start` to `end`."""

    start: datetime
    end: datetime
    judged: Judged


def timeline(stretches: Iterable[Stretch], start: datetime, end: datetime) -> tuple[Stretch, ...]:
    """Return what holds over [start, end), without gaps and overlaps: where nothing is told, nothing is proven."""
    within = [one for one in stretches if one.start < end and one.end > start]
    borders = sorted({start, end, *(one.start for one in within), *(one.end for one in within)})
    within.sort(key=lambda one: one.start)
    found: list[Stretch] = []
    held: list[Stretch] = []
    place = 0
    for begin, until in pairwise(border for border in borders if start <= border <= end):
        while place < len(within) and within[place].start <= begin:
            held.append(within[place])
            place += 1
        held = [one for one in held if one.end > begin]
        judged = worst(one.judged for one in held) if held else NOT_JUDGED
        if found and found[-1].judged == judged:
            found[-1] = Stretch(found[-1].start, until, judged)
        else:
            found.append(Stretch(begin, until, judged))
    return tuple(found)


def verified(stretches: Sequence[Stretch]) -> tuple[timedelta, timedelta]:
    """Return how much of the time is verified, and how long it is as a whole."""
    lasted = [(one.end - one.start, one.judged.verdict) for one in stretches]
    return (
        sum((length for length, verdict in lasted if verdict is Verdict.VERIFIED), timedelta()),
        sum((length for length, _ in lasted), timedelta()),
    )
