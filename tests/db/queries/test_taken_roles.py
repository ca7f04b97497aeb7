from datetime import timedelta

import pytest

from app.core.model.event import Actor, ActorKind
from app.core.model.scope import EVERYTHING, Scope
from app.core.stopping.measure import Entrant
from app.db.queries.taken_roles import Called, called_with, entrants
from tests.builders.events import CLINIC, EVENT, NOW, ROLE, change, event, store
from tests.builders.sessions import ISSUED_AT, KEY, USER, issued, store_issued

OTHER = 111122223333
DAY = timedelta(days=1)


@pytest.fixture
def connection(engine):
    with engine.begin() as connection:
        yield connection


def called(connection, *keys: str, scope: Scope = EVERYTHING):
    return called_with(connection, scope, keys, NOW - DAY, NOW)


def into(connection, scope: Scope = EVERYTHING, name: str | None = None):
    found, is_cut = entrants(connection, scope, ROLE, name, NOW - DAY, NOW, 9)
    assert not is_cut
    return found


def test_calls_with_each_key_are_counted_in_whichever_account(connection):
    far = event(2, account=OTHER, action="PutMedia")
    store(connection, [event(0), event(1, error_code="AccessDenied"), far, event(3, access_key="ASIA2")])
    assert called(connection, KEY, "ASIA3") == {KEY: Called(3, 1)}
    assert called(connection, KEY, scope=Scope(frozenset({CLINIC}))) == {KEY: Called(2, 1)}
    assert called(connection) == {}


def test_calls_that_are_none_of_kinesis_video_streams_or_older_are_not_counted(connection):
    store(connection, [change(0, "PutRolePolicy", ROLE), event(1, event_time=NOW - 2 * DAY)])
    assert called(connection, KEY) == {}


def test_who_asked_for_a_role_is_counted_by_principal(connection):
    iot = Actor(ActorKind.SERVICE, "credentials.iot.amazonaws.com", None)
    refused = issued(1, error_code="AccessDenied", access_key=None)
    store_issued(connection, [issued(), refused, issued(2, caller=iot, session_name="c1"), issued(3, role_arn="x")])
    assert into(connection, name="c1") == (
        Entrant(USER, is_given=False, calls=2, last_at=ISSUED_AT, failed=1),
        Entrant("credentials.iot.amazonaws.com", is_given=True, calls=1, last_at=ISSUED_AT),
    )


def test_a_call_that_two_accounts_recorded_counts_once_with_who_is_named(connection):
    nameless = issued(1, account=OTHER, caller=Actor(ActorKind.ACCOUNT, "account/1", 1), shared_event_id="s")
    store_issued(connection, [nameless, issued(shared_event_id="s")])
    assert [(one.principal, one.calls) for one in into(connection)] == [(USER, 1)]
    assert [one.principal for one in into(connection, Scope(frozenset({OTHER})))] == ["account/1"]


def test_a_record_that_was_corrected_counts_once(connection):
    store_issued(connection, [issued(), issued(1, addendum_of=issued().event_id)])
    assert [one.calls for one in into(connection)] == [1]


def test_the_newest_records_alone_are_looked_at_where_that_is_asked_for(connection):
    store_issued(connection, [issued(n, event_time=EVENT.event_time + timedelta(minutes=n)) for n in range(3)])
    (found,), is_cut = entrants(connection, EVERYTHING, ROLE, None, NOW - DAY, NOW, 2)
    assert (found.calls, is_cut) == (2, True)
    assert entrants(connection, EVERYTHING, ROLE, None, NOW - DAY, NOW, 4)[1] is False
