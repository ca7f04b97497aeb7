from datetime import timedelta

import pytest

from app.core.model.feed import FeedKey
from app.core.model.scope import EVERYTHING
from app.db.queries import feeds, rereads
from tests.builders.events import CLINIC, NOW, STREAM, event, store

REGION = "eu-central-1"
HOUR = timedelta(hours=1)
SINCE = NOW - 5 * HOUR
TAGGED = event(1, action="TagStream", event_time=NOW - 2 * HOUR)


@pytest.fixture
def connection(app_engine):
    with app_engine.begin() as connection:
        yield connection


def changed(connection, *, since=SINCE, region=REGION, account=CLINIC):
    return rereads.changed(connection, account, region, ("TagStream", "UntagStream"), since, NOW)


def test_a_stream_that_was_changed_after_the_reading_is_named_once(connection):
    store(connection, [TAGGED, event(2, action="UntagStream", event_time=NOW - HOUR)])
    assert changed(connection) == {STREAM}


def test_a_stream_is_named_as_the_record_named_it(connection):
    by_name = event(2, action="TagStream", event_time=NOW - HOUR, stream="ward-4")
    of_none = event(3, action="TagStream", event_time=NOW - HOUR, stream=None)
    store(connection, [TAGGED, by_name, of_none])
    assert changed(connection) == {STREAM, "ward-4", None}


def test_a_change_in_the_very_hour_of_the_reading_is_found(connection):
    store(connection, [TAGGED])
    assert changed(connection, since=TAGGED.event_time - timedelta(seconds=1))


def test_a_change_before_the_reading_was_read(connection):
    store(connection, [TAGGED])
    assert not changed(connection, since=TAGGED.event_time)


@pytest.mark.parametrize(
    "changes",
    [
        {"action": "GetMedia"},
        {"error_code": "AccessDenied"},
        {"region": "us-east-1"},
        {"account": 7, "stream": None},
        {"event_time": NOW + HOUR},
    ],
    ids=["no change", "denied", "another Region", "another account", "yet to come"],
)
def test_other_events_change_nothing(connection, changes):
    store(connection, [event(1, **({"action": "TagStream", "event_time": NOW - 2 * HOUR} | changes))])
    assert not changed(connection)


def test_a_feed_that_rested_long_enough_is_due_now(connection):
    assert next_at(connection, last_success=NOW - 2 * HOUR) == NOW


def test_a_feed_that_has_just_run_rests_first(connection):
    assert next_at(connection, last_success=NOW - timedelta(minutes=10)) == NOW + timedelta(minutes=50)


def next_at(connection, last_success):
    key = FeedKey(CLINIC, "kinesisvideo_detail", REGION)
    feeds.add_feeds(connection, [(key, 86_400)], last_success)
    feeds.claim(connection, "w", last_success, 60, [key.source])
    feeds.release(connection, key, "w", last_success, last_success + timedelta(days=1))
    rereads.make_due(connection, CLINIC, key.source, REGION, NOW, HOUR)
    (feed,) = feeds.feeds(connection, EVERYTHING, CLINIC)
    return feed.next_at
