"""How much footage the calls of a session asked for, and what of it no record tells."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core.kvs.actions import ACTIONS
from app.core.model.footage import FootageKind
from app.core.model.media_call import MediaCall

Interval = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Asked:
    """What calls asked for. `pieces` and `listed` are intervals of video, oldest first, none touching the next.

    `pieces` were asked for as pictures, `listed` only as a list of fragments. `url_until` is when the last playback URL
    ends. `untold` counts the calls for pictures of whose interval one end or both are not known, by kind.
    """

    pieces: tuple[Interval, ...]
    listed: tuple[Interval, ...]
    url_until: datetime | None
    untold: Mapping[FootageKind, int]

    @property
    def length(self) -> timedelta:
        """How much video was asked for as pictures, what was asked for twice counted once."""
        return length(self.pieces)


def asked(calls: Iterable[MediaCall]) -> Asked:
    """Return what calls asked for, whichever clock their times are by."""
    pieces, listed, ends = list[Interval](), list[Interval](), list[datetime]()
    untold: Counter[FootageKind] = Counter()
    for call in calls:
        known, is_picture = call.footage, ACTIONS[call.action].exposes_media
        if call.url_ends_at is not None:
            ends.append(call.url_ends_at)
        if known is not None and known.kind is FootageKind.INTERVAL and known.start and known.end:
            (pieces if is_picture else listed).append((known.start, known.end))
        elif known is not None and is_picture:
            untold[known.kind] += 1
    return Asked(united(pieces), united(listed), max(ends, default=None), untold)


def united(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    """Return the same time as intervals that do not touch, oldest first; one that ends before it begins is none."""
    made: list[Interval] = []
    for start, end in sorted(interval for interval in intervals if interval[0] < interval[1]):
        if made and start <= made[-1][1]:
            made[-1] = (made[-1][0], max(made[-1][1], end))
        else:
            made.append((start, end))
    return tuple(made)


def length(intervals: Sequence[Interval]) -> timedelta:
    """Return how long intervals that do not overlap are together."""
    return sum((end - start for start, end in intervals), timedelta())


def within(intervals: Iterable[Interval], start: datetime, end: datetime) -> timedelta:
    """Return how much of the time from `start` to `end` intervals that do not overlap cover."""
    cut = ((max(a, start), min(b, end)) for a, b in intervals)
    return length([(a, b) for a, b in cut if a < b])
