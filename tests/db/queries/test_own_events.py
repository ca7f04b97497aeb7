from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from app.core.own import ASSUME_ROLE, RoleCall
from app.db.queries.own_events import calls_of_role, mark, own_work
from tests.builders.accounts import make_own_calls
from tests.builders.events import CLINIC, ROLE, event, store
from tests.builders.own import LIST, OUR_ROLE, START, listing, session, store_sessions
from tests.builders.sessions import store_issued

ONE, TWO = UUID(int=1), UUID(int=2)


@pytest.fixture
def connection(app_engine):
    with app_engine.begin() as connection:
        yield connection


def between(connection, account=CLINIC, since=START, until=START + timedelta(hours=1)):
    return calls_of_role(connection, account, OUR_ROLE, since, until)


def test_it_finds_the_role_s_calls_by_the_names_of_the_ledger(connection):
    ours = listing(1)
    store(connection, [ours, event(event_time=START + timedelta(minutes=3))])
    (found,) = between(connection)
    assert found.call == RoleCall(
        ours.event_time, ours.event_id, LIST, "eu-central-1", ours.actor.session_name, ours.address
    )
    assert (found.is_own, found.is_of_role) == (False, True)


def test_a_marked_call_of_another_role_is_found_to_be_unmarked(connection):
    other = event(event_time=START + timedelta(minutes=3))
    assert other.actor.principal == ROLE
    store(connection, [other], own=[other.event_id])
    (found,) = between(connection)
    assert (found.is_own, found.is_of_role) == (True, False)


def test_other_hours_and_other_accounts_are_left_out(connection):
    store(connection, [listing(1), listing(2, minute=-1), listing(3, minute=60)])
    assert len(between(connection)) == 1
    assert between(connection, account=7) == ()


def test_marking_tells_how_many_marks_changed(connection):
    store(connection, [listing(1), listing(2)])
    calls = sorted(found.call for found in between(connection))
    assert mark(connection, CLINIC, calls, is_own=True) == 2
    assert mark(connection, CLINIC, calls[:1], is_own=True) == 0
    assert mark(connection, CLINIC, calls[:1], is_own=False) == 1
    assert [found.is_own for found in sorted(between(connection), key=lambda found: found.call)] == [False, True]
    assert mark(connection, CLINIC, [], is_own=True) == 0


def test_own_work_is_the_ledger_beside_the_sessions_that_were_issued(connection):
    make_own_calls(connection, LIST, 3, hour=START)
    make_own_calls(connection, LIST, 1, hour=START, outcome="throttled")
    make_own_calls(connection, ASSUME_ROLE, 2, hour=START)
    make_own_calls(connection, ASSUME_ROLE, 5, hour=START, outcome="denied")
    make_own_calls(connection, ASSUME_ROLE, 3, hour=START, outcome="throttled")
    store_sessions(connection, [session(1), session(2, role_arn=ROLE), session(3, access_key=None)])
    work = own_work(connection, CLINIC, OUR_ROLE, "kvswatch-test", START, START + timedelta(hours=1))
    assert work.begun == {(START, LIST, "eu-central-1"): 4, (START, ASSUME_ROLE, "eu-central-1"): 2}
    assert work.since == START
    assert [(call.api, call.session_name) for call in work.assumed] == [(ASSUME_ROLE, "kvswatch-test")]


def test_sessions_of_the_day_before_are_part_of_it(connection):
    store_sessions(connection, [session(1, minute=-24 * 60), session(2, minute=-24 * 60 - 1)])
    work = own_work(connection, CLINIC, OUR_ROLE, "kvswatch-test", START, START + timedelta(hours=1))
    assert [call.key for call in work.assumed] == [session(1).event_id]
    assert work.since is None


def test_a_page_may_not_mark(read_engine, app_engine):
    with app_engine.begin() as connection:
        store(connection, [listing(1)])
    with read_engine.connect() as connection:
        assert not connection.execute(text("select has_table_privilege('event', 'UPDATE')")).scalar_one()


def test_a_session_whose_record_was_corrected_was_taken_once(connection):
    again = session(2, addendum_of=session(1).event_id)
    store_issued(connection, [session(1), again])
    work = own_work(connection, CLINIC, OUR_ROLE, "kvswatch-test", START, START + timedelta(hours=1))
    assert [call.key for call in work.assumed] == [again.event_id]
