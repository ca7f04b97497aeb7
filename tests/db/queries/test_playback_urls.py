"""The playback URLs that still open."""

from datetime import timedelta

import pytest

from app.core.model.scope import EVERYTHING, Scope
from app.db.queries.playback_urls import alive_at
from tests.builders.events import CLINIC, NOW, event, store

HLS, DASH = "GetHLSStreamingSessionURL", "GetDASHStreamingSessionURL"
OTHER = 111122223333


@pytest.fixture
def connection(engine):
    with engine.begin() as connection:
        yield connection


def url(number, minutes_ago, lives_s, **changes):
    values = {"action": HLS, "url_expires_s": lives_s, "event_time": NOW - timedelta(minutes=minutes_ago)}
    return event(number, **(values | changes))


def ends(connection, scope=EVERYTHING, limit=9):
    found = alive_at(connection, scope, NOW, limit)
    return [(one.call.url_ends_at - NOW).total_seconds() for one in found]


def test_those_that_open_stand_with_what_they_show_the_last_to_end_first(connection):
    store(connection, [url(1, 10, 900), url(2, 600, 43_200, action=DASH), url(3, 10, 599)])

    found = alive_at(connection, EVERYTHING, NOW, 9)

    assert [(one.call.action, one.stream) for one in found] == [(DASH, "ward-3-corridor"), (HLS, "ward-3-corridor")]
    assert all(one.stream_id for one in found)
    assert [one.ends_at - NOW for one in found] == [timedelta(hours=2), timedelta(minutes=5)]
    assert ends(connection) == [7200, 300]


def test_one_ends_at_its_second_and_not_before(connection):
    store(connection, [url(1, 10, 600), url(2, 10, 601)])

    assert ends(connection) == [1]


def test_refused_calls_and_other_reads_issued_none(connection):
    store(connection, [url(1, 1, 900, error_code="AccessDenied"), event(2, action="GetMedia", event_time=NOW)])

    assert ends(connection) == []


def test_one_that_names_no_stream_is_there(connection):
    store(connection, [url(1, 10, 900, stream=None)])

    (found,) = alive_at(connection, EVERYTHING, NOW, 9)

    assert (found.stream_id, found.stream) == (0, "")


def test_those_of_other_accounts_are_told_in_their_scope_alone(connection):
    store(connection, [url(1, 10, 900), url(2, 10, 1200, account=OTHER)])

    assert ends(connection, Scope(frozenset({CLINIC}))) == [300]
    assert ends(connection, Scope(frozenset())) == []


def test_no_more_are_read_than_asked_for(connection):
    store(connection, [url(n, 10, 900 + n) for n in range(5)])

    assert ends(connection, limit=2) == [304, 303]
