"""Of which days the media reads are known: by what was observable, and by the calls that are stored."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta

from app.core.coverage.history import Stretch, Strip
from app.core.coverage.observe import ActionClass, ObservableState

_DAY = timedelta(days=1)
MEDIA_READS = (ActionClass.READ, ActionClass.SIGNALING)
"""The classes in which media are read."""


@dataclass(frozen=True, slots=True)
class KnownDays:
    """The UTC days of which the media reads of an account are known, and why those of others never will be.

    `dark` says of a day on which nothing logged media reads what the trail is that does not.
    """

    days: frozenset[date] = frozenset()
    dark: Mapping[date, str] = field(default_factory=dict)


def known_days(strips: Iterable[Strip], with_events: frozenset[date], with_reads: frozenset[date]) -> KnownDays:
    """Return the known days of the range of `strips`, which begins at midnight, and of the days with stored calls.

    A day on which every read would have been seen is known although nobody called. A day with calls is known as far
    as anybody can tell, unless media reads were logged nowhere: then calls of other kinds say nothing about them.
    """
    media = [strip for strip in strips if strip.kind in MEDIA_READS]
    observed: set[date] = set()
    dark: dict[date, str] = {}
    for day, stretches, is_over in _by_day(media):
        states = {stretch.state for stretch in stretches}
        if states == {ObservableState.OBSERVED} and is_over:
            observed.add(day)
        if states == {ObservableState.NOT_LOGGED} and day not in with_reads:
            dark[day] = stretches[-1].reason
    return KnownDays(frozenset(observed | with_reads | (with_events - dark.keys())), dark)


def within(strips: Iterable[Strip], start: datetime, end: datetime) -> tuple[Strip, ...]:
    """Return the strips with what held from `start` to `end`, as far as their range reaches."""
    return tuple(
        replace(
            strip,
            stretches=_clipped(strip.stretches, start, end),
            apart=tuple((names, _clipped(own, start, end)) for names, own in strip.apart),
        )
        for strip in strips
    )


def _clipped(stretches: Iterable[Stretch], start: datetime, end: datetime) -> tuple[Stretch, ...]:
    return tuple(
        replace(held, start=max(held.start, start), end=min(held.end, end))
        for held in stretches
        if held.start < end and held.end > start
    )


def _by_day(strips: list[Strip]) -> Iterator[tuple[date, list[Stretch], bool]]:
    """Yield each day of the range with what held on it, in all strips, and whether all of it lies in the range."""
    if not strips:
        return
    start = min(strip.stretches[0].start for strip in strips)
    end = max(strip.stretches[-1].end for strip in strips)
    day = start.astimezone(UTC).date()
    while _midnight(day) < end:
        begin, until = _midnight(day), _midnight(day + _DAY)
        held = [held for strip in strips for held in strip.stretches if held.start < until and held.end > begin]
        yield day, held, until <= end
        day += _DAY


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
