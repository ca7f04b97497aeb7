"""Sending calls folded into producers: their runs, the silences between, changes of address, two of them at once.

A record of a connection has one time; when it ended is not logged, nor is which of both its time is. So what is told
here are distances between records. A distance is a silence when it is longer than `TIMES` what is usual for the
producer, and than `SHORTEST`; only time in which the calls would have been seen counts.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

from app.core.model.media_call import MediaCall
from app.core.timeline.outcome import CallOutcome
from app.core.viewing.asked import Interval, within
from app.core.viewing.viewer import Told, Viewer, told

TIMES = 3
"""How many times what is usual a distance may be: cameras that film on motion only come irregularly."""
SHORTEST = timedelta(hours=2)
"""Shorter ones are no silence: a connection lasts for up to an hour."""
OF_ONE = timedelta(hours=24)
"""What is taken for the longest usual distance where fewer than three records tell none."""
SENDING = frozenset({"PutMedia", "ConnectAsMaster", "JoinStorageSession"})


@dataclass(frozen=True, slots=True)
class Run:
    """Records of one producer without a silence between them."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Silence:
    """No record came from `start` to `end`, although for `seen` of this time it would have been seen."""

    start: datetime
    end: datetime
    seen: timedelta


@dataclass(frozen=True, slots=True)
class Move:
    """Two records that follow each other came from two addresses; `call` is the later one."""

    before: str | None
    call: MediaCall


@dataclass(frozen=True, slots=True)
class Producer:
    """One sender on a stream. `calls` are those of the range that AWS answered, oldest first; `refused` the others.

    `longest` is the longest distance of its records that is no silence, `usual` their median (None: too few records).
    `last` is its newest record, which may be of before the range. `silent` is the silence up to the end of the range.
    Of an unseen sender (no `viewer.kind`) no silence is told: its records may be of a device that went on sending.
    """

    viewer: Viewer
    calls: tuple[MediaCall, ...]
    refused: tuple[MediaCall, ...]
    usual: timedelta | None
    longest: timedelta
    last: MediaCall | None
    runs: tuple[Run, ...]
    silences: tuple[Silence, ...]
    moves: tuple[Move, ...]
    silent: Silence | None


@dataclass(frozen=True, slots=True)
class Together:
    """`other` sent in the midst of a run of `main`: `calls` are its records, each between two of `main`.

    Whether two connections overlapped cannot be told: a record does not say when its connection ended.
    """

    main: Producer
    other: Producer
    calls: tuple[MediaCall, ...]


def producers(
    calls: Iterable[MediaCall],
    viewers: Mapping[Told, Viewer],
    seen: Sequence[Interval],
    start: datetime,
    end: datetime,
) -> tuple[Producer, ...]:
    """Return the producers of [start, end), that with most records first; calls of before tell what is usual.

    `seen` are the intervals in which every sending call was observable; what lies before `start` counts as seen
    where it has records. The order in which the calls come and a call given twice make no difference.
    """
    by_viewer: dict[Viewer, list[MediaCall]] = {}
    known = {call.key: call for call in calls if call.action in SENDING and call.at < end}
    for call in sorted(known.values(), key=lambda call: call.key):
        by_viewer.setdefault(viewers[told(call)], []).append(call)
    made = [_producer(viewer, own, seen, start, end) for viewer, own in by_viewer.items()]
    # Of one whose calls were all refused before the range there is nothing to tell in it.
    told_of = (
        one for one in made if one.calls or one.refused or (one.last is not None and one.viewer.kind is not None)
    )
    return tuple(sorted(told_of, key=lambda one: (-len(one.calls), one.viewer.name, one.viewer.through)))


def together(found: Sequence[Producer]) -> tuple[Together, ...]:
    """Return which producers sent in the midst of another's run; of two, the one with more records is `main`.

    `found` is what `producers` returned.
    """
    made: list[Together] = []
    for place, main in enumerate(found):
        spans = _spans(main)
        made += (Together(main, other, _amid(spans, other)) for other in found[place + 1 :])
    return tuple(one for one in made if one.calls)


def _producer(
    viewer: Viewer, calls: list[MediaCall], seen: Sequence[Interval], start: datetime, end: datetime
) -> Producer:
    answered = [call for call in calls if call.outcome is CallOutcome.OK]
    own = tuple(call for call in answered if call.at >= start)
    usual = _usual(answered)
    longest = OF_ONE if usual is None else max(SHORTEST, TIMES * usual)
    # The last record before the range is where a silence at its beginning is measured from.
    reaching = answered[-len(own) - 1 :] if own else answered[-1:]
    # Nobody knows whether the records of an unseen sender are all of one device: its silence would say nothing.
    looked = seen if viewer.kind is not None else ()
    silences = tuple(
        silence for a, b in pairwise(reaching) if (silence := _silence(a.at, b.at, looked, start)).seen > longest
    )
    last = answered[-1] if answered else None
    silent = _silence(last.at, end, looked, start) if last is not None else None
    return Producer(
        viewer=viewer,
        calls=own,
        refused=tuple(call for call in calls if call.outcome is not CallOutcome.OK and call.at >= start),
        usual=usual,
        longest=longest,
        last=last,
        runs=_runs(own, silences),
        silences=silences,
        moves=tuple(Move(a.address, b) for a, b in pairwise(reaching) if a.address != b.address),
        silent=silent if silent is not None and silent.seen > longest else None,
    )


def _usual(calls: Sequence[MediaCall]) -> timedelta | None:
    distances = [(b.at - a.at).total_seconds() for a, b in pairwise(calls)]
    return timedelta(seconds=median(distances)) if len(distances) > 1 else None


def _silence(since: datetime, until: datetime, seen: Sequence[Interval], start: datetime) -> Silence:
    """Return the time between two records; of what lies before the range it is not known whether it was seen."""
    return Silence(since, until, within(seen, max(since, start), until))


def _runs(calls: Sequence[MediaCall], silences: Iterable[Silence]) -> tuple[Run, ...]:
    parted = {(silence.start, silence.end) for silence in silences}
    runs: list[Run] = []
    for place, call in enumerate(calls):
        if not place or (calls[place - 1].at, call.at) in parted:
            runs.append(Run(call.at, call.at))
        else:
            runs[-1] = Run(runs[-1].start, call.at)
    return tuple(runs)


def _spans(main: Producer) -> list[tuple[datetime, datetime]]:
    """Return the times between two records of a producer that are no further apart than `longest`."""
    times = [call.at for call in main.calls]
    return [(a, b) for a, b in pairwise(times) if b - a <= main.longest]


def _amid(spans: Sequence[tuple[datetime, datetime]], other: Producer) -> tuple[MediaCall, ...]:
    """Return the records of `other` that lie within one of these spans."""
    found: list[MediaCall] = []
    place = 0
    for call in other.calls:
        while place < len(spans) and spans[place][1] <= call.at:
            place += 1
        if place < len(spans) and spans[place][0] < call.at:
            found.append(call)
    return tuple(found)
