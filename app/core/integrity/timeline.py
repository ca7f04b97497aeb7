"""The verdicts over a range of time, as one line: of all that holds at a moment the worst is told."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby, pairwise

from app.core.integrity.verdict import gravity, worst
from app.core.model.integrity import Judged, Verdict

HOUR = timedelta(hours=1)
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


def by_hour(told: Sequence[Stretch]) -> Counter[Judged]:
    """Return how many hours of the clock got which verdict; of one that several stretches share, the worst decides.

    `told` has no gaps, as `timeline` returns it; an hour that an end of it cuts counts whole.
    """
    return Counter(_of_hours(told))


def with_hours(told: Sequence[Stretch]) -> tuple[Stretch, ...]:
    """Return the same, with why their hour is unverified by what is stored where nothing is stored of minutes of it.

    So the stretches give no reason for an hour that `by_hour` does not.
    """
    return timeline(_with_hours(told), told[0].start, told[-1].end) if told else ()


def _with_hours(told: Sequence[Stretch]) -> Iterator[Stretch]:
    hours, first = _of_hours(told), hour_of(told[0].start)
    for one in told:
        if one.judged != NOT_JUDGED:
            yield one
            continue
        begin, end = (one.start - first) // HOUR, -((first - one.end) // HOUR)
        # Years without a digest are one stretch, not one an hour.
        for judged, run in groupby(range(begin, end), key=lambda n: _why_unproven(hours[n])):
            places = list(run)
            start, until = first + places[0] * HOUR, first + (places[-1] + 1) * HOUR
            yield Stretch(max(one.start, start), min(one.end, until), judged)


def _why_unproven(hour: Judged) -> Judged:
    return hour if hour.verdict is Verdict.UNVERIFIED else NOT_JUDGED


def _of_hours(told: Sequence[Stretch]) -> list[Judged]:
    """Return the verdict of each hour of the clock."""
    if not told:
        return []
    first, last = hour_of(told[0].start), told[-1].end
    hours = [0] * -((first - last) // HOUR)
    # The worst is written last; that a verdict is stored says more than that none is.
    kinds = sorted({one.judged for one in told}, key=lambda one: (gravity(one), one != NOT_JUDGED, one.why))
    place = {judged: n for n, judged in enumerate(kinds)}
    for one in sorted(told, key=lambda one: place[one.judged]):
        begin, end = (one.start - first) // HOUR, -((first - one.end) // HOUR)
        hours[begin:end] = [place[one.judged]] * (end - begin)
    return [kinds[n] for n in hours]


def unverified_hours(hours: Counter[Judged]) -> Counter[str]:
    """Return how many of the hours are unverified, by reason."""
    return Counter({one.why: count for one, count in hours.items() if one.verdict is Verdict.UNVERIFIED})


def hour_of(moment: datetime) -> datetime:
    """Return the beginning of the hour of the clock that a moment is in."""
    return moment.replace(minute=0, second=0, microsecond=0)
