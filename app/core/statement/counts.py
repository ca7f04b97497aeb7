"""Stored calls beside CloudWatch's own count of requests, day by day: what was asked and left no event."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from app.core.assumptions.players_leave_no_record import PLAYER_CALLS
from app.core.model.metric import RequestCounts

DAY = timedelta(days=1)
DELIVERY = timedelta(hours=2)
"""A day is compared when it is over for so long: CloudTrail delivers after minutes, and not always."""


@dataclass(frozen=True, slots=True)
class DayCount:
    """One action on one UTC day: requests that CloudWatch counted, and calls that are stored, refused ones included."""

    day: date
    action: str
    requests: int
    stored: int

    @property
    def missing(self) -> int:
        """How many requests left no event."""
        return max(0, self.requests - self.stored)


@dataclass(frozen=True, slots=True)
class Compared:
    """Whole UTC days that an interval touches: those compared, and those of which CloudWatch was not read.

    `calls` are those of the actions that show video, `plays` what players of playback URLs requested, which leaves no
    event at all. Days without either are left out of both. `left` are the days that are not compared.
    """

    days: int = 0
    not_compared: int = 0
    calls: tuple[DayCount, ...] = ()
    plays: tuple[DayCount, ...] = ()
    left: tuple[date, ...] = ()

    @property
    def missing(self) -> tuple[DayCount, ...]:
        """The days on which CloudWatch counted more than is stored."""
        return tuple(one for one in self.calls if one.missing)


def compared(
    versions: Iterable[RequestCounts],
    stored: Mapping[tuple[str, date], int],
    stream: str,
    actions: Iterable[str],
    start: datetime,
    end: datetime,
    now: datetime,
) -> Compared:
    """Return the comparison over every day of [start, end).

    `versions` are the readings of the stream's Region, the oldest first: of a day the newest tells. `stored` is by
    (action, day); `stream` is a name, which is all that CloudWatch knows.
    """
    wanted = sorted({*actions, *PLAYER_CALLS})
    counts: dict[tuple[str, date], int] = {}
    read = set[date]()
    for version in versions:
        told = {(one.action, one.day): one.requests for one in version.counts if one.stream == stream}
        for day in _days(version.since, version.until):
            read.add(day)
            counts |= {(action, day): told.get((action, day), 0) for action in wanted}
    last = (now.astimezone(UTC) - DELIVERY).date()
    asked = list(_days(start.astimezone(UTC).date(), (end - timedelta(microseconds=1)).astimezone(UTC).date() + DAY))
    days = [day for day in asked if day in read and day < last]
    found = [DayCount(day, name, counts[name, day], stored.get((name, day), 0)) for day in days for name in wanted]
    return Compared(
        len(days),
        len(asked) - len(days),
        tuple(one for one in found if one.action not in PLAYER_CALLS and (one.requests or one.stored)),
        tuple(one for one in found if one.action in PLAYER_CALLS and one.requests),
        tuple(sorted({*asked} - {*days})),
    )


def _days(first: date, after: date) -> Iterable[date]:
    day = first
    while day < after:
        yield day
        day += DAY
