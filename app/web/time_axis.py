"""The axis of a chart: round times of its range, and which of their labels have room side by side."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from app.web.span import Span

_CHARACTER, _GAP = 6.7, 4
"""The pixels of a character of a label, and what stays free behind it."""
_OVER = 12
"""So many of these may lie beyond the end of a drawing on a phone."""


@dataclass(frozen=True, slots=True)
class Tick:
    """One line of the time axis."""

    at: float
    label: str
    is_major: bool = True


@dataclass(frozen=True, slots=True)
class Room:
    """The least pixels that a drawing is wide, on a phone and else, and those between a line and its label."""

    wide: int
    phone: int
    beside: int


CHART, LANES = Room(600, 300, 4), Room(350, 100, 0)


@dataclass(frozen=True, slots=True)
class Label:
    """What is written `beside` pixels from a tick, to its left where it `is_late`; optional ones not on a phone."""

    at: float
    text: str
    beside: int
    is_late: bool
    is_optional: bool


def width_of(text: str) -> float:
    """Return the pixels that a label needs."""
    return _CHARACTER * len(text) + _GAP


def labels(ticks: Sequence[Tick], room: Room) -> Iterator[Label]:
    """Yield the labels that do not touch in the least room, from the left; those that would on a phone are optional."""
    wide_end = phone_end = 0.0
    for tick in ticks:
        length = width_of(tick.label)
        is_late = tick.at * room.wide + room.beside + length > room.wide
        place = -room.beside - length if is_late else room.beside
        start, on_phone = tick.at * room.wide + place, tick.at * room.phone + place
        if start < wide_end:
            continue
        wide_end = start + length
        is_optional = on_phone < phone_end or on_phone + length > room.phone + _OVER
        phone_end = phone_end if is_optional else on_phone + length
        yield Label(tick.at, tick.label, -room.beside if is_late else room.beside, is_late, is_optional)


_STEPS = tuple(
    timedelta(seconds=s)
    for s in (
        10,
        60,
        300,
        900,
        3600,
        3 * 3600,
        6 * 3600,
        12 * 3600,
        86400,
        2 * 86400,
        7 * 86400,
        14 * 86400,
        30 * 86400,
    )
)
MOST_TICKS = 8


def ticks(span: Span) -> tuple[Tick, ...]:
    """Return the time axis of a range: at most eight round times of its zone, days by name, also among hours."""
    step = next((s for s in _STEPS if span.length / s <= MOST_TICKS), _STEPS[-1])
    at = _floor(span.start.astimezone(span.zone), step) + step
    found = []
    while at < span.end:
        found.append(Tick(span.fraction(at), _tick_label(at, step)))
        at += step
    return tuple(found)


def _floor(at: datetime, step: timedelta) -> datetime:
    epoch = datetime(1970, 1, 1, tzinfo=at.tzinfo)
    return epoch + (at - epoch) // step * step


def _tick_label(at: datetime, step: timedelta) -> str:
    if step >= timedelta(days=2):
        return f"{at.day} {at:%b}"
    if step == timedelta(days=1) or at.time() == time.min:
        return f"{at:%a} {at.day}"
    return f"{at:%H:%M}"
