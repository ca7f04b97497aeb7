"""What digests prove of the hours of an interval, by those trails alone that log media reads of the stream.

A trail of management events may be verified in every hour, and proves nothing of a file that another trail wrote.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise

from app.core.coverage.gaps import REACH
from app.core.coverage.selectors import Call, Taken, call, taken
from app.core.coverage.settings import AccountHistory, Version
from app.core.integrity.timeline import NOT_JUDGED, Stretch, by_hour, timeline, unverified_hours, with_hours
from app.core.integrity.verdict import unverified, worst
from app.core.kvs.actions import ACTIONS, CHANNEL_EVENTS, MEDIA_READ, STREAM_EVENTS
from app.core.model.integrity import Judged, Verdict
from app.core.model.stream import ResourceKind, Stream
from app.core.model.trail import Trail

NO_CARRIER = unverified("no trail is known that logged media reads of it")
UNLISTED = ""
"""Stands for the trail of log files that no digest lists: any may have written them."""
_EVENTS = {ResourceKind.STREAM: STREAM_EVENTS, ResourceKind.CHANNEL: CHANNEL_EVENTS}


@dataclass(frozen=True, slots=True)
class Carried:
    """Which trails logged media reads from `start` to `end`, as "name (home Region)": all of them, or some."""

    start: datetime
    end: datetime
    whole: frozenset[str] = frozenset()
    partly: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Hours:
    """The hours in which log files of an interval were delivered, by verdict; `stretches` say what held when.

    `reasons`: why hours are unverified, with how many, the most first.
    """

    verified: int = 0
    unverified: int = 0
    broken: int = 0
    stretches: tuple[Stretch, ...] = ()
    reasons: tuple[tuple[str, int], ...] = ()

    @property
    def total(self) -> int:
        """How many hours there are; one that an end of the interval cuts counts whole."""
        return self.verified + self.unverified + self.broken

    @property
    def open(self) -> tuple[Stretch, ...]:
        """What is not verified, oldest first."""
        return tuple(one for one in self.stretches if one.judged.verdict is not Verdict.VERIFIED)


def reading_actions(kind: ResourceKind) -> tuple[str, ...]:
    """Return the actions that show video of a stream, or what goes over a channel."""
    return tuple(sorted(name for name in MEDIA_READ if ACTIONS[name].event_type == _EVENTS[kind]))


def carriers(
    history: AccountHistory, organizations: Iterable[AccountHistory], stream: Stream, start: datetime, end: datetime
) -> tuple[Carried, ...]:
    """Return which trails' selectors took media reads of `stream`, over [start, end) without gaps."""
    lenders = (history, *organizations)
    versions = [v for one in lenders for v in one.versions if v.part in {"trails", "event_selectors"}]
    moments = {at for v in versions for at in (v.start, v.end) if at is not None}
    calls = [call(ACTIONS[name], stream.arn) for name in reading_actions(stream.kind)]
    return tuple(_carried(history, lenders, stream.region, calls, *ends) for ends in _pairs(start, moments, end))


def _carried(
    history: AccountHistory,
    lenders: tuple[AccountHistory, ...],
    region: str,
    calls: list[Call],
    start: datetime,
    end: datetime,
) -> Carried:
    known = {trail for version in _standing(history, "trails", start) for trail in version.content.trails}
    whole, partly = set[str](), set[str]()
    for found in (
        one for each in lenders for v in _standing(each, "event_selectors", start) for one in v.content.trails
    ):
        for trail in known:
            if trail.arn != found.trail or not (trail.is_multi_region or trail.home_region == region):
                continue
            much = {taken(replace(trail, advanced=found.advanced, basic=found.basic), each)[0] for each in calls}
            if much != {Taken.NONE}:
                (whole if much == {Taken.ALL} else partly).add(_called(trail))
    return Carried(start, end, frozenset(whole), frozenset(partly - whole))


def _called(trail: Trail) -> str:
    return f"{trail.name} ({trail.home_region})"


def _standing(history: AccountHistory, part: str, at: datetime) -> list[Version]:
    """Return the versions of a part that held at a moment; the first that was read reaches back to the beginning."""
    found = {}
    for version in sorted(history.versions, key=lambda one: one.start, reverse=True):
        if version.part == part and (version.end is None or version.end > at):
            found[version.region] = version
    return list(found.values())


def hours_of(
    runs: Mapping[str, Sequence[Stretch]],
    carried: Sequence[Carried],
    start: datetime,
    end: datetime,
    now: datetime | None = None,
) -> Hours:
    """Return what holds of the hours in which the log files of the calls of [start, end) were delivered, up to `now`.

    `runs` are the verdicts by trail. A break counts whoever's it is.
    """
    until = min(end + REACH, now or end + REACH)
    if until <= start:
        return Hours()
    told = timeline(_judged(runs, carried, start, until), start, until)
    hours = by_hour(told)
    count = {verdict: sum(n for one, n in hours.items() if one.verdict is verdict) for verdict in Verdict}
    return Hours(
        count[Verdict.VERIFIED],
        count[Verdict.UNVERIFIED],
        count[Verdict.BROKEN],
        with_hours(told),
        tuple(unverified_hours(hours).most_common()),
    )


def _judged(
    runs: Mapping[str, Sequence[Stretch]], carried: Sequence[Carried], start: datetime, end: datetime
) -> Iterator[Stretch]:
    """Yield what holds of each piece of time in which no trail's verdict and no trail changes."""
    lines = {trail: timeline(found, start, end) for trail, found in runs.items() if trail != UNLISTED}
    unlisted = runs.get(UNLISTED, ())
    borders = {at for line in (*lines.values(), unlisted) for one in line for at in (one.start, one.end)}
    borders |= {one.start for one in carried}
    for a, b in _pairs(start, borders, end):
        told = {trail: line[bisect_right(line, a, key=_start) - 1].judged for trail, line in lines.items()}
        loose = [one.judged for one in unlisted if one.start <= a < one.end]
        held = carried[max(0, bisect_right(carried, a, key=_start) - 1)] if carried else Carried(start, end)
        yield Stretch(a, b, _of_moment(told, loose, held))


def _of_moment(told: Mapping[str, Judged], loose: list[Judged], carried: Carried) -> Judged:
    """Return what holds of one moment: a trail that logs all reads is enough, of those that log some each counts."""
    broken = [one for one in (*told.values(), *loose) if one.verdict is Verdict.BROKEN]
    if broken:
        return broken[0]
    whole = [told.get(trail, NOT_JUDGED) for trail in sorted(carried.whole)]
    partly = [told.get(trail, NOT_JUDGED) for trail in sorted(carried.partly)]
    if whole:
        best = next((one for one in whole if one.verdict is Verdict.VERIFIED), whole[0])
    else:
        best = worst(partly) if partly else NO_CARRIER
    return worst([best, *loose])


def _pairs(start: datetime, borders: Iterable[datetime], end: datetime) -> Iterator[tuple[datetime, datetime]]:
    return pairwise([start, *sorted(at for at in set(borders) if start < at < end), end])


def _start(one: Stretch | Carried) -> datetime:
    return one.start
