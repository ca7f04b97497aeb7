"""Which streams' details are read again."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text

from app.core.model.feed import FeedKey
from app.core.model.scope import EVERYTHING
from app.core.parts import DETAILS as DETAIL_PARTS
from app.db.queries import feeds
from app.services.poll_account import COLLECTORS
from app.services.reread_details import (
    CHANGING,
    DETAILS,
    EVENTS_LATE,
    WHOLE_EVERY,
    Rereading,
    make_due,
    rereading,
)
from tests.builders.accounts import make_account, make_part
from tests.builders.events import CLINIC, NOW, STREAM, event, store

REGION = "eu-central-1"
HOUR = timedelta(hours=1)
READ_AT = NOW - 3 * HOUR


@pytest.fixture
def connection(app_engine: Engine) -> Any:
    with app_engine.begin() as connection:
        make_account(connection)
        yield connection


def read_whole(connection: Connection, **changes: Any) -> None:
    for name in DETAIL_PARTS:
        make_part(connection, name, **({"region": REGION, "tried_at": READ_AT, "seen_at": READ_AT} | changes))


def change(connection: Connection, number: int = 1, **changes: Any) -> None:
    store(connection, [event(number, **({"action": "TagStream", "event_time": NOW - HOUR} | changes))])


def test_it_knows_the_parts_and_the_day_of_the_collector() -> None:
    collector = COLLECTORS[DETAILS]
    assert {reader.name for reader in collector.parts if reader.needs} == set(DETAIL_PARTS)
    assert collector.every_s == WHOLE_EVERY.total_seconds()


def test_only_the_streams_that_events_named_are_read_again_before_the_day_is_over(connection: Connection) -> None:
    read_whole(connection)
    change(connection)
    change(connection, 2, action="CreateStream", stream="ward-4")
    found = rereading(connection, CLINIC, REGION, NOW)
    assert found == Rereading(frozenset({STREAM, "ward-4"}), READ_AT + WHOLE_EVERY)


def test_the_whole_region_is_read_once_a_day(connection: Connection) -> None:
    read_whole(connection, seen_at=NOW - WHOLE_EVERY)
    change(connection)
    assert rereading(connection, CLINIC, REGION, NOW) is None


@pytest.mark.parametrize(
    "changes",
    [{"state": "throttled"}, {"seen_at": None}, {"region": "us-east-1"}],
    ids=["failed", "never", "elsewhere"],
)
def test_the_whole_region_is_read_when_a_part_of_it_was_not_seen(
    connection: Connection, changes: dict[str, Any]
) -> None:
    read_whole(connection)
    connection.execute(text("delete from part where part = 'channel_tags'"))
    make_part(connection, "channel_tags", **({"region": REGION, "tried_at": READ_AT, "seen_at": READ_AT} | changes))
    change(connection)
    assert rereading(connection, CLINIC, REGION, NOW) is None


def test_the_whole_region_is_read_when_an_event_does_not_tell_which_stream_it_changed(connection: Connection) -> None:
    read_whole(connection)
    change(connection)
    change(connection, 2, stream=None)
    assert rereading(connection, CLINIC, REGION, NOW) is None


def test_the_whole_region_is_read_when_somebody_asked_and_nothing_changed(connection: Connection) -> None:
    read_whole(connection)
    assert rereading(connection, CLINIC, REGION, NOW) is None


def test_an_event_that_was_stored_after_the_reading_is_not_missed(connection: Connection) -> None:
    read_whole(connection)
    change(connection, event_time=READ_AT - EVENTS_LATE + timedelta(seconds=1))
    found = rereading(connection, CLINIC, REGION, NOW)
    assert found is not None
    assert found.only == {STREAM}


@pytest.mark.parametrize(("action", "due"), [*((name, True) for name in CHANGING), ("GetMedia", False)])
def test_the_feed_is_due_when_an_event_changed_a_stream(connection: Connection, action: str, *, due: bool) -> None:
    read_whole(connection)
    key = FeedKey(CLINIC, DETAILS, REGION)
    feeds.add_feeds(connection, [(key, 86_400)], READ_AT + WHOLE_EVERY)
    change(connection, action=action)
    make_due(connection, CLINIC, REGION, NOW)
    (feed,) = feeds.feeds(connection, EVERYTHING, CLINIC)
    assert feed.next_at == (NOW if due else READ_AT + WHOLE_EVERY)
