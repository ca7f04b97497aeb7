from datetime import timedelta

import pytest
from sqlalchemy import text

from app.db.queries.ingest import EventStore
from app.services.evaluate_rules import evaluate
from app.services.mark_own_calls import Marked, mark_own_calls
from tests.builders.accounts import make_account
from tests.builders.events import CLINIC
from tests.builders.own import OUR_ROLE, START, THEIRS, arrive, begin_calls, listing, session, settle


@pytest.fixture
def store(app_engine):
    with app_engine.begin() as connection:
        settle(connection)
        make_account(connection, role_arn=OUR_ROLE)
    return EventStore(app_engine)


def mark(engine):
    with engine.connect() as connection:
        hours = connection.execute(text("select hour from touched_hour")).scalars().all()
    return mark_own_calls(engine, CLINIC, hours)


def marked(engine):
    with engine.connect() as connection:
        return set(connection.execute(text("select event_id::text from event where is_own")).scalars())


def ledger(engine, lists, **more):
    with engine.begin() as connection:
        begin_calls(connection, lists, **more)


def forget_touched(engine):
    with engine.begin() as connection:
        connection.execute(text("delete from touched_hour"))


def test_calls_that_the_ledger_knows_are_marked(app_engine, store):
    ledger(app_engine, 2)
    arrive(store, session(1), listing(1), listing(2))
    assert mark(app_engine) == Marked(own=2)
    assert marked(app_engine) == {listing(1).event_id, listing(2).event_id}


def test_again_changes_nothing(app_engine, store):
    ledger(app_engine, 1)
    arrive(store, session(1), listing(1))
    mark(app_engine)
    assert mark(app_engine) == Marked()


def test_what_the_ledger_does_not_know_stays_visible(app_engine, store):
    ledger(app_engine, 1)
    arrive(store, session(1), listing(1), listing(2, minute=20), listing(3, session_name="mallory"))
    mark(app_engine)
    assert marked(app_engine) == {listing(1).event_id}


def test_a_session_that_arrives_late_tells_which_calls_were_ours(app_engine, store):
    ledger(app_engine, 1, sessions=1)
    ledger(app_engine, 1, sessions=0, hour=START + timedelta(hours=10))
    arrive(store, session(9, minute=-30, session_name="mallory"), listing(1), listing(2, minute=605))
    mark(app_engine)
    assert marked(app_engine) == set()
    forget_touched(app_engine)
    arrive(store, session(1))
    assert mark(app_engine) == Marked(own=2)


def test_a_mark_is_taken_back_when_a_call_of_the_same_hour_contradicts_it(app_engine, store):
    ledger(app_engine, 1)
    arrive(store, session(1), listing(2, minute=30))
    mark(app_engine)
    forget_touched(app_engine)
    arrive(store, listing(1, minute=10))
    assert mark(app_engine) == Marked(own=1, not_own=1)
    assert marked(app_engine) == {listing(1, minute=10).event_id}


def test_a_role_that_is_ours_no_more_has_no_own_calls(app_engine, store):
    ledger(app_engine, 1)
    arrive(store, session(1), listing(1))
    mark(app_engine)
    with app_engine.begin() as connection:
        connection.execute(text("update account set role_arn = role_arn || '-2'"))
    assert mark(app_engine) == Marked(not_own=1)


def test_whatever_the_order_of_arrival_the_marks_are_the_same(app_engine, store):
    ledger(app_engine, 2)
    found = [session(1), listing(1), listing(2), listing(3), listing(4, address=THEIRS)]
    for each in reversed(found):
        arrive(store, each)
        mark(app_engine)
        forget_touched(app_engine)
    assert marked(app_engine) == {listing(1).event_id, listing(2).event_id}


def test_hours_that_nothing_touched_are_left_alone(app_engine, store):
    ledger(app_engine, 1)
    arrive(store, session(1), listing(1))
    forget_touched(app_engine)
    assert mark(app_engine) == Marked()
    assert marked(app_engine) == set()


def test_before_the_first_start_and_without_a_role_nothing_is_ours(app_engine, store):
    ledger(app_engine, 1)
    arrive(store, session(1), listing(1))
    with app_engine.begin() as connection:
        connection.execute(text("update account set role_arn = ''"))
    assert mark(app_engine) == Marked()
    assert mark_own_calls(app_engine, 7, [START]) == Marked()
    with app_engine.begin() as connection:
        connection.execute(text("update account set role_arn = :role"), {"role": OUR_ROLE})
        connection.execute(text("delete from install"))
    assert mark(app_engine) == Marked()


def test_an_evaluation_marks_our_calls_and_finds_the_one_that_is_not_ours(app_engine, store):
    ledger(app_engine, 2)
    arrive(store, session(1), listing(1), listing(2), listing(3, action="GetDataEndpoint", address=THEIRS))
    assert evaluate(app_engine, CLINIC, now=START + timedelta(hours=3)).errors == {}
    assert marked(app_engine) == {listing(1).event_id, listing(2).event_id}
    with app_engine.connect() as connection:
        found = connection.execute(
            text("select subject, message from finding where rule = 'own_role_called_outside_ledger'")
        ).all()
    assert [row.subject for row in found] == [OUR_ROLE]
    assert "1 call (GetDataEndpoint)" in found[0].message
