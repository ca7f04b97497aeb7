from datetime import timedelta

import pytest
from sqlalchemy import text

from app.core.model.event import URL_LIFE_UNTOLD, Actor, ActorKind, KeyKind
from app.core.model.scope import EVERYTHING, Scope
from app.db.queries.still_alive import MOST_ALIVE, alive_sessions, alive_urls, may_be_alive
from tests.builders.events import CLINIC, NOW, ROLE, event, store
from tests.builders.sessions import KEY, LONG_TERM, USER, issued, store_issued

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
OTHER = Scope(frozenset({111122223333}))


@pytest.fixture
def connection(engine):
    with engine.begin() as connection:
        yield connection


def session(number: int, hours_left: float, **changes):
    values = {"access_key": f"ASIA{number}", "event_time": NOW - HOUR, "expires_at": NOW + hours_left * HOUR}
    return issued(number, **(values | changes))


def keys(connection, scope=EVERYTHING):
    return [one.access_key for one in alive_sessions(connection, scope, ROLE, NOW)]


def test_sessions_that_have_not_ended_stand_with_who_asked_and_until_when(connection):
    store_issued(connection, [session(1, 2), session(2, 5), session(3, -0.1)])
    first, second = alive_sessions(connection, EVERYTHING, ROLE, NOW)
    assert [first.access_key, second.access_key] == ["ASIA2", "ASIA1"]
    assert (first.caller, first.expires_at, first.session_name) == (USER, NOW + 5 * HOUR, "sync-job-7")


def test_of_another_role_refused_or_without_an_end_is_none(connection):
    far = f"arn:aws:iam::{CLINIC}:role/Far"
    refused = session(2, 1, access_key=None, error_code="AccessDenied")
    store_issued(connection, [session(1, 1, role_arn=far), refused, session(3, 1, expires_at=None), session(4, 1)])
    assert keys(connection) == ["ASIA4"]
    assert keys(connection, OTHER) == []


def test_one_more_than_are_shown_tells_that_there_are_more(connection):
    store_issued(connection, [session(n, 1) for n in range(MOST_ALIVE + 5)])
    assert len(keys(connection)) == MOST_ALIVE + 1


def url(number: int, minutes_ago: float, lives_s: int, **changes):
    values = {"action": "GetHLSStreamingSessionURL", "url_expires_s": lives_s}
    return event(number, event_time=NOW - timedelta(minutes=minutes_ago), **(values | changes))


def test_a_playback_url_of_untold_life_may_be_alive_for_the_longest(connection):
    store(connection, [url(1, 719, URL_LIFE_UNTOLD), url(2, 721, URL_LIFE_UNTOLD), url(3, 1, 300)])
    found = alive_urls(connection, EVERYTHING, "access_key", KEY, NOW)
    assert [(one.expires_at - NOW, one.is_life_untold) for one in found] == [(4 * MINUTE, False), (MINUTE, True)]


def test_playback_urls_that_still_open_stand_with_to_whom_they_were_issued(connection):
    refused = url(3, 1, 3600, error_code="AccessDenied")
    store(connection, [url(1, 10, 3600), url(2, 10, 300), refused, url(4, 660, 43200), event(5)])
    found = alive_urls(connection, EVERYTHING, "access_key", KEY, NOW)
    assert [(one.expires_at - NOW, one.stream, one.issued_to) for one in found] == [
        (HOUR, "ward-3-corridor", "sync-job-7"),
        (timedelta(minutes=50), "ward-3-corridor", "sync-job-7"),
    ]
    assert alive_urls(connection, OTHER, "access_key", KEY, NOW) == ()


def test_playback_urls_of_a_principal_are_those_of_all_its_sessions(connection):
    store(connection, [url(1, 10, 3600), url(2, 9, 3600, access_key="ASIA2")])
    who = connection.execute(text("select id from principal where arn = :arn"), {"arn": ROLE}).scalar_one()
    assert len(alive_urls(connection, EVERYTHING, "principal_id", who, NOW)) == 2
    assert len(alive_urls(connection, EVERYTHING, "access_key", KEY, NOW)) == 1


def test_a_session_counts_once_by_the_newest_of_its_records(connection):
    long, short = session(1, 5), session(2, 2, event_id="a55e0000-0000-4000-8000-0000000000c1")
    corrected = session(3, 1, access_key="ASIA1", addendum_of=long.event_id)
    copy = session(4, 2, access_key="ASIA2", account=771400253968)
    store_issued(connection, [long, corrected, short, copy])

    found = alive_sessions(connection, EVERYTHING, ROLE, NOW)

    assert [(one.access_key, one.expires_at - NOW) for one in found] == [("ASIA2", 2 * HOUR), ("ASIA1", HOUR)]


def perhaps(connection, scope=EVERYTHING):
    return may_be_alive(connection, scope, ROLE, NOW - 12 * HOUR, NOW)


def test_a_key_ended_where_a_record_within_reach_tells_that_it_did(connection):
    store(connection, [event(1, access_key="ASIA1", event_time=NOW - HOUR)])
    store_issued(connection, [session(2, -2), session(3, -1, access_key="ASIA1", expires_at=None)])
    assert perhaps(connection)
    assert not perhaps(connection, OTHER)
    store_issued(connection, [session(1, -0.5, account=771400253968)])
    assert not perhaps(connection)
    assert perhaps(connection, Scope(frozenset({CLINIC})))


def test_an_end_to_come_and_one_that_was_corrected_are_none(connection):
    store(connection, [event(1, access_key="ASIA1", event_time=NOW - HOUR)])
    wrong = session(1, -0.5)
    store_issued(connection, [wrong])
    assert not perhaps(connection)
    store_issued(connection, [session(2, 0.5, access_key="ASIA1", addendum_of=wrong.event_id)])
    assert perhaps(connection)


def test_each_key_of_one_session_name_is_asked_about_also_one_that_only_took_roles(connection):
    ended = session(1, -0.1)
    store(connection, [event(1, access_key="ASIA1", event_time=NOW - HOUR / 2)])
    store_issued(connection, [ended])
    assert not perhaps(connection)
    taking = {"caller": Actor(ActorKind.ROLE, ROLE, CLINIC, "sync-job-7"), "role_arn": f"{ROLE}-2"}
    store_issued(connection, [session(2, -0.5, caller_key="ASIA0", **taking)])
    assert perhaps(connection)


def test_long_term_keys_and_calls_of_long_ago_are_no_sessions(connection):
    user = {"actor": Actor(ActorKind.USER, USER, CLINIC), "event_time": NOW - HOUR}
    store(connection, [event(1, access_key=LONG_TERM, key_kind=KeyKind.LONG_TERM, **user)])
    store(connection, [event(2, access_key="ASIA1", event_time=NOW - 13 * HOUR)])
    store_issued(connection, [session(3, -0.5)])
    assert not may_be_alive(connection, EVERYTHING, USER, NOW - 36 * HOUR, NOW)
    assert not perhaps(connection)
