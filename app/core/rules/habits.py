"""What was usual, learnt from the media reads before a day."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.core.coverage.days import KnownDays
from app.core.rules.facts import History

_DAY = timedelta(days=1)
LEARNING_DAYS = 30
"""So far back reads count as habit."""
LONGEST_GAP_DAYS = 3
"""A run of days may miss so many: a weekend without a camera is no break, a missing archive is."""


@dataclass(frozen=True, slots=True)
class Read:
    """One reader's media reads of one stream in one hour (UTC) from one network; None: the record names none.

    `stream` is its Region and name, as region/name: calls name it by its ARN or by its name alone.
    """

    reader: str
    principal: str
    stream: str | None
    hour: datetime
    network: str | None
    is_recorded: bool
    first_at: datetime
    is_by_service: bool = False
    """An AWS service read for the reader: that makes it no new one, and its hours and pace are nobody's habit."""


def history(reads: Iterable[Read], known: KnownDays, day: date) -> History:
    """Return what was usual as of `day` (UTC), learnt from LEARNING_DAYS before it.

    Whether that day itself was observed is not asked here: its coverage tells. Nothing of it or later is in `hours` and
    `streams_a_day`; reads given from further back do not count, so that the answer does not depend on how much was
    loaded.
    """
    oldest = day - LEARNING_DAYS * _DAY
    first_reads: dict[tuple[str, str], datetime] = {}
    first_networks: dict[tuple[str, str], datetime] = {}
    hours: dict[str, set[tuple[date, int]]] = defaultdict(set)
    streams: dict[str, dict[date, set[str]]] = defaultdict(lambda: defaultdict(set))
    for read in reads:
        if read.hour.date() < oldest:
            continue
        if read.stream is not None:
            _earliest(first_reads, (read.reader, read.stream), read.first_at)
        if read.is_by_service:
            continue
        if read.network is not None:
            _earliest(first_networks, (read.reader, read.network), read.first_at)
        if read.hour.date() < day:
            if read.is_recorded:
                hours[read.reader].add((read.hour.date(), read.hour.hour))
            if read.stream is not None:
                streams[read.reader][read.hour.date()].add(read.stream)
    since = known_since(known.days, day)
    return History(
        since,
        first_reads,
        first_networks,
        {reader: frozenset(found) for reader, found in hours.items()},
        {reader: {on: len(found) for on, found in by_day.items()} for reader, by_day in streams.items()},
        known.dark.get((since or day) - _DAY, ""),
    )


def known_since(known_days: frozenset[date], day: date) -> date | None:
    """Return the first day of the unbroken run of known days that ends on or just before `day`.

    While an archive is read from its newest end, older days are missing: habits of so short a past mean nothing.
    """
    earlier = sorted((known for known in known_days if known <= day), reverse=True)
    since: date | None = None
    following = day
    for known in earlier:
        if following - known > LONGEST_GAP_DAYS * _DAY:
            break
        since = following = known
    return since


def _earliest(found: dict[tuple[str, str], datetime], key: tuple[str, str], moment: datetime) -> None:
    if key not in found or moment < found[key]:
        found[key] = moment
