from datetime import timedelta

import pytest
from sqlalchemy import Connection

from app.core.model.scope import EVERYTHING, Scope
from app.db.queries.activity import Asked, accounts_called, accounts_named, activity
from tests.builders.events import CLINIC, EVENT, NOW, event, store

OTHER = 111122223333
DAY = timedelta(days=1)
KEY = EVENT.access_key or ""


@pytest.fixture
def connection(engine):
    with engine.begin() as connection:
        yield connection


def of_key(connection: Connection, scope: Scope = EVERYTHING, most: int = 100, **changes):
    values = {"since": NOW - DAY, "until": NOW, "accounts": frozenset({CLINIC})} | changes
    return activity(connection, scope, Asked("access_key", KEY, **values), most)


def test_calls_that_share_all_are_one_use_with_first_and_last(connection):
    store(connection, [event(0), event(1), event(4), event(2, error_code="AccessDenied")])
    (use,) = of_key(connection).uses
    assert (use.calls, use.errors) == (4, 1)
    assert (use.first_at, use.last_at) == (event(0).event_time, event(4).event_time)
    assert (use.action, use.stream, use.session_name) == ("GetClip", "ward-3-corridor", "sync-job-7")


def test_another_address_stream_or_program_is_another_use(connection):
    store(connection, [event(0), event(1, address="203.0.113.9"), event(2, user_agent="curl"), event(3, stream=None)])
    found = of_key(connection)
    assert len(found.uses) == 4
    assert found.calls == 4


def test_a_use_tells_in_which_intervals_it_was_so_that_it_can_be_drawn(connection):
    early = EVENT.event_time - timedelta(hours=3)
    store(connection, [event(0), event(2), event(1, event_time=early)])
    (told,) = of_key(connection).uses
    assert told.bars == ()
    (whole,) = of_key(connection, width=timedelta(days=1)).uses
    assert whole.bars == ((early, event(2).event_time),)
    (fine,) = of_key(connection, width=timedelta(minutes=10)).uses
    assert fine.bars == ((early, early), (EVENT.event_time, event(2).event_time))
    assert {(use.calls, use.first_at, use.last_at) for use in (told, whole, fine)} == {(3, early, event(2).event_time)}


def test_only_the_newest_are_counted_and_it_says_so(connection):
    store(connection, [event(n) for n in range(5)])
    found = of_key(connection, most=3)
    assert found.calls == 3
    assert found.is_cut
    assert found.first_at == event(0).event_time
    assert min(use.first_at for use in found.uses) == event(2).event_time


def test_calls_of_one_moment_that_were_not_counted_are_not_forgotten(connection):
    store(connection, [event(n, event_time=EVENT.event_time) for n in range(3)])
    found = of_key(connection, most=2)
    assert found.calls == 2
    assert found.is_cut


def test_the_first_call_is_that_of_all_accounts_where_the_key_called(connection):
    store(connection, [event(3), event(4), event(0, account=OTHER)])
    found = of_key(connection, most=2, accounts=frozenset({CLINIC, OTHER}))
    assert found.is_cut
    assert found.first_at == event(0).event_time


def test_as_many_as_are_counted_are_not_cut(connection):
    store(connection, [event(n) for n in range(3)])
    assert not of_key(connection, most=3).is_cut


def test_a_record_that_another_one_corrects_counts_once(connection):
    store(connection, [event(0), event(1, addendum_of=event(0).event_id, addendum_reason="UPDATED_DATA")])
    assert of_key(connection).calls == 1


def test_nothing_outside_of_the_range_or_the_scope(connection):
    store(connection, [event(0)])
    assert of_key(connection, until=EVENT.event_time).first_at is None
    assert of_key(connection, Scope(frozenset({OTHER}))).uses == ()


def test_a_key_is_found_in_each_account_where_it_called(connection):
    store(connection, [event(0), event(1, account=OTHER), event(2, account=333344445555, access_key="ASIAOTHER")])
    span = NOW - DAY, NOW
    assert accounts_called(connection, EVERYTHING, "access_key", KEY, *span) == {CLINIC, OTHER}
    assert accounts_called(connection, Scope(frozenset({OTHER})), "access_key", KEY, *span) == {OTHER}
    assert accounts_called(connection, EVERYTHING, "access_key", KEY, NOW - 2 * DAY, NOW - DAY) == frozenset()
    assert accounts_called(connection, EVERYTHING, "access_key", "' or true --", *span) == frozenset()


def test_no_account_has_a_call_of_an_empty_store(connection):
    assert accounts_called(connection, EVERYTHING, "access_key", KEY, NOW - DAY, NOW) == frozenset()


def test_accounts_are_those_of_the_calls(connection):
    store(connection, [event(0), event(1, account=OTHER)])
    assert accounts_named(of_key(connection, accounts=None).uses) == {CLINIC, OTHER}
