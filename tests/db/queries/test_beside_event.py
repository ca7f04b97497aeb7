from uuid import UUID

import pytest

from app.core.model.scope import EVERYTHING, Scope
from app.core.query.cursor import EventKey
from app.core.query.filter import parse
from app.core.query.listing import EVENTS
from app.db.queries.beside_event import beside_event
from tests.builders.events import CLINIC, NOW, event, store

OTHER = 111122223333
STORED = [
    event(0),
    event(1, action="PutMedia"),
    event(2, event_time=event(1).event_time),
    event(3, account=OTHER),
    event(4),
]


def key(number):
    one = STORED[number]
    return EventKey(one.event_time, UUID(one.event_id), one.account)


def beside(connection, number, scope=EVERYTHING, **asked):
    found = beside_event(connection, scope, parse(asked.items(), EVENTS, NOW).filter, key(number))
    numbers = {key(place): place for place in range(len(STORED))}
    return tuple(one and numbers[one] for one in found)


@pytest.fixture
def connection(engine):
    with engine.begin() as connection:
        store(connection, STORED)
        yield connection


def test_they_are_the_next_to_each_side_in_the_order_of_the_list(connection):
    assert beside(connection, 2) == (3, 1)
    assert beside(connection, 2, sort="time") == (1, 3)


def test_at_the_ends_of_a_list_there_is_one_side_only(connection):
    assert beside(connection, 4) == (None, 3)
    assert beside(connection, 0, sort="time") == (None, 1)


def test_they_are_those_of_the_filter_also_around_a_call_that_it_leaves_out(connection):
    assert beside(connection, 1, action="GetClip") == (2, 0)
    assert beside(connection, 2, to=f"{STORED[3].event_time:%Y-%m-%dT%H:%M:%SZ}") == (None, 1)


def test_they_are_within_the_scope(connection):
    assert beside(connection, 2, Scope(frozenset({CLINIC}))) == (4, 1)
    assert beside(connection, 2, Scope(frozenset())) == (None, None)
