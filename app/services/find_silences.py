"""Looks in a bucket's folders for hours in which no log file came, though nearly all hours around them have one."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine

from app.core.coverage.history import Collected
from app.core.coverage.silence import AROUND, HOUR, silences
from app.core.model.feed import FeedKey
from app.core.model.integrity import PlaceKey
from app.core.retention import Dropped
from app.core.trailfile.cursor import LOOK_BACK
from app.db.queries import feeds
from app.db.queries.coverage_page import folders
from app.db.queries.retention import dropped
from app.db.queries.silences import silent_hours, store_silences

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


def find_silences(
    engine: Engine, bucket: str, feed: FeedKey, *, owner: str, is_stopping: Callable[[], bool] = lambda: False
) -> None:
    """Store the silences of all folders of a bucket, in all the time that was read of each.

    Each folder is a transaction, fenced by `owner`. Asks nothing of AWS.

    Raises:
        LeaseLost: another worker holds the feed by now.
    """
    with engine.connect() as connection:
        read = [(place, one) for place, one in folders(connection, _BEGINNING) if one.bucket == bucket]
        gone = dropped(connection, "event")
    for place, one in read:
        if is_stopping():
            return
        with engine.begin() as connection:
            feeds.hold(connection, feed, owner)
            _look(connection, place, one, gone)


def _look(connection: Connection, place: PlaceKey, read: Collected, gone: Dropped | None) -> None:
    if read.start is None or read.end is None:
        return
    start, end = read.start, _floor(read.end - LOOK_BACK)
    judged_from = start
    if gone is not None and gone.before > start:
        # What came before the first hours that are kept was held against them while it was there.
        start, judged_from = gone.before, gone.before + AROUND
    if start >= end:
        return
    told = frozenset(_told_of(read))
    empty = (hour for hour in silent_hours(connection, place, start, end) if hour not in told)
    found = (one for one in silences(empty, start, end) if one.start >= judged_from)
    store_silences(connection, place, judged_from, end, found)


def _told_of(read: Collected) -> Iterator[datetime]:
    """Yield the hours of which it is known by name that files were there, and not read."""
    for gap in read.gaps:
        hour = gap.start
        while hour < gap.end:
            yield hour
            hour += HOUR


def _floor(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)
