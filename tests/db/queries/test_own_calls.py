from datetime import UTC, datetime, timedelta

import pytest

from app.core.model.own_call import CallOutcome, OwnCalls
from app.core.model.scope import EVERYTHING, Scope
from app.db.queries import own_calls

HOUR = datetime(2026, 11, 23, 9, tzinfo=UTC)
LATE = datetime(2026, 11, 22, 23, tzinfo=UTC)
API, REGION = "kinesisvideo:ListStreams", "eu-west-1"


def calls(n, outcome=CallOutcome.OK, hour=HOUR, account=7):
    return OwnCalls(account, hour, API, REGION, outcome, n)


@pytest.fixture
def connection(app_engine):
    with app_engine.begin() as connection:
        yield connection


def test_counts_add_up(connection):
    own_calls.add_own_calls(connection, [calls(2)])
    own_calls.add_own_calls(connection, [calls(3), calls(1, CallOutcome.DENIED)])
    stored = own_calls.own_calls(connection, EVERYTHING, 7, HOUR, HOUR + timedelta(hours=1))
    assert stored == (calls(1, CallOutcome.DENIED), calls(5))


def test_a_call_that_ended_is_begun_no_more(connection):
    own_calls.add_own_calls(connection, [calls(1, CallOutcome.BEGUN)])
    own_calls.add_own_calls(connection, [calls(-1, CallOutcome.BEGUN), calls(1)])
    assert own_calls.own_calls(connection, EVERYTHING, 7, HOUR, HOUR + timedelta(hours=1)) == (calls(1),)


def test_only_the_asked_hours_are_told(connection):
    own_calls.add_own_calls(connection, [calls(1, hour=LATE), calls(2)])
    assert own_calls.own_calls(connection, EVERYTHING, 7, LATE, HOUR) == (calls(1, hour=LATE),)


def test_a_stranger_sees_no_counts(connection):
    own_calls.add_own_calls(connection, [calls(4)])
    stranger = Scope(frozenset({8}))
    assert own_calls.own_calls(connection, stranger, 7, LATE, HOUR + timedelta(hours=1)) == ()
