"""Days on which CloudWatch's own count of requests can be held against the events that are stored."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from app.core.assumptions._together import OneDay
from app.core.model.snapshot import Snapshot
from app.core.model.stream import ResourceKind
from app.core.statement.counts import DELIVERY

ACTION = "PutMedia"
"""Of this call it is asked whether a request leaves one event."""
LEAST_ALIKE = 3
"""On so many days, of one stream or several, the two counts have to be alike."""


@dataclass(frozen=True, slots=True)
class CountedDay:
    """One stream, by its ARN, and UTC day."""

    stream: str
    day: date
    seen: OneDay


def counted_days(
    snapshot: Snapshot, logged: Mapping[tuple[str, str, date], int], now: datetime
) -> Iterator[CountedDay]:
    """Yield each stream and day that is over, for long enough to be delivered, of which CloudWatch counted requests.

    `logged` counts stored events by (stream ARN, action, UTC day). CloudWatch knows streams by name.
    """
    arns = {(one.region, one.name): one.arn for one in snapshot.streams if one.kind is ResourceKind.STREAM}
    last = (now.astimezone(UTC) - DELIVERY).date()
    for region, counts in snapshot.metrics:
        for one in counts.counts:
            arn = arns.get((region, one.stream), one.stream)
            if one.action == ACTION and one.requests and one.day < last:
                yield CountedDay(arn, one.day, OneDay(ACTION, one.requests, logged.get((arn, ACTION, one.day), 0)))


def ends_alike(days: Iterable[CountedDay]) -> tuple[CountedDay, ...]:
    """Return of the days with as many events as requests the first and the newest, if that is no coincidence.

    At least half of the days that have both are so, and several: streams of one day count as that day.
    """
    both = sorted((one for one in days if one.seen.stored), key=lambda one: (one.day, one.stream))
    alike = [one for one in both if one.seen.requests == one.seen.stored]
    if len({one.day for one in alike}) < LEAST_ALIKE or len(alike) < len(both) / 2:
        return ()
    return alike[0], alike[-1]
