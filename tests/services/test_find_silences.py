"""Hours without a log file, from the files that are stored to the answer of coverage."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine, update

from app.core.coverage.observe import ActionClass, ObservableState
from app.core.model.feed import FeedKey
from app.core.model.integrity import PlaceKey
from app.core.model.scope import Scope
from app.core.retention import Dropped
from app.core.trailfile.cursor import BucketCursor, Place, to_json
from app.db.queries.feeds import LeaseLost
from app.db.queries.retention import mark_dropped
from app.db.queries.silences import silences
from app.db.tables import feed
from app.services.find_silences import find_silences
from app.services.read_coverage import strips_over
from tests.builders.accounts import CLINIC, NOW, make_account, make_feed
from tests.builders.estate import (
    ARCHIVE,
    DATA,
    REGION,
    make_bucket_reader,
    make_inventory,
    make_trail,
    make_unread,
    stream_of,
)
from tests.builders.integrity import make_log_files

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TODAY = NOW.replace(hour=0, minute=0, second=0, microsecond=0)
START, SILENT = TODAY - 20 * DAY, TODAY - 8 * DAY + 12 * HOUR
PLACE = PlaceKey(CLINIC, f"s3://halden-trail/AWSLogs/{CLINIC:012d}/", REGION)
WARD = f"arn:aws:kinesisvideo:{REGION}:{CLINIC}:stream/ward/1"
SAID = "no log file came for 3 hours, though 100 % of the hours around have one"
FEED = FeedKey(ARCHIVE, "s3_digests")


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    """An account that was read over 20 days, with a trail that delivers without validation."""
    with engine.connect() as connection:
        make_bucket_reader(connection, days=20)
        make_feed(connection, FEED.source, ARCHIVE, owner="me")
        make_account(connection, CLINIC)
        make_inventory(connection, CLINIC, (stream_of(WARD, "ward"),))
        make_trail(connection, CLINIC, (DATA,))
        yield connection


def deliver(connection: Connection, *quiet: datetime, every: int = 1) -> None:
    """Store a log file of every hour but these."""
    times = (START + n * HOUR for n in range(0, (NOW - START) // HOUR, every))
    make_log_files(connection, PLACE, [at + HOUR / 4 for at in times if at not in quiet])


def find(connection: Connection, owner: str = "me") -> None:
    connection.commit()
    find_silences(connection.engine, "halden-trail", FEED, owner=owner)


def holes(connection: Connection) -> list[tuple[datetime, datetime, ObservableState, str]]:
    (strip,) = (
        strip
        for strip in strips_over(connection, Scope(frozenset({CLINIC})), START, NOW)
        if strip.kind is ActionClass.READ
    )
    return [(hole.start, hole.end, hole.state, hole.reason) for hole in strip.holes]


def test_hours_without_a_file_are_not_delivered_in_the_answer_of_coverage(connection: Connection) -> None:
    deliver(connection, SILENT, SILENT + HOUR, SILENT + 2 * HOUR)
    assert holes(connection) == []
    find(connection)
    assert holes(connection) == [
        (
            SILENT - HOUR / 4,
            SILENT + 3 * HOUR,
            ObservableState.NOT_DELIVERED,
            f"kvs-trail logs them into halden-trail; {SAID}",
        )
    ]


def test_a_folder_that_is_mostly_silent_is_not_accused(connection: Connection) -> None:
    deliver(connection, every=3)
    find(connection)
    assert silences(connection, START) == {}


def test_the_newest_hours_and_those_that_are_still_to_be_read_are_no_silence(connection: Connection) -> None:
    """The backfill has come back to five days ago: the hour without a file before then is not read, not silent."""
    place = Place((TODAY - 2 * DAY).date(), backfill_day=(TODAY - 6 * DAY).date(), listed_at=NOW - HOUR / 4)
    cursor = BucketCursor(START.date(), {f"AWSLogs/{CLINIC:012d}/CloudTrail/{REGION}/": place})
    connection.execute(update(feed).where(feed.c.source == "s3_logs").values(cursor=to_json(cursor)))
    newest = NOW.replace(minute=0) - HOUR
    deliver(connection, SILENT, newest, newest - HOUR)
    find(connection)
    assert silences(connection, START) == {}


def test_hours_whose_files_are_known_by_name_are_told_as_that_alone(connection: Connection) -> None:
    make_unread(connection, CLINIC, SILENT + HOUR / 2, "throttled")
    deliver(connection, SILENT)
    find(connection)
    assert [(start, end, state) for start, end, state, _ in holes(connection)] == [
        (SILENT, SILENT + HOUR, ObservableState.NOT_COLLECTED)
    ]


def test_a_silence_that_was_filled_is_taken_back(connection: Connection) -> None:
    deliver(connection, SILENT)
    find(connection)
    assert len(silences(connection, START)[PLACE]) == 1
    make_log_files(connection, PLACE, [SILENT])
    find(connection)
    assert silences(connection, START) == {}


def test_a_silence_stays_when_the_hours_before_it_are_dropped(connection: Connection) -> None:
    deliver(connection, SILENT)
    find(connection)
    mark_dropped(connection, "event", Dropped(SILENT - DAY, 400), NOW)
    find(connection)
    assert len(silences(connection, START)[PLACE]) == 1


def test_a_worker_that_lost_its_lease_stores_nothing(connection: Connection) -> None:
    deliver(connection, SILENT)
    with pytest.raises(LeaseLost):
        find(connection, owner="another")
    assert silences(connection, START) == {}
