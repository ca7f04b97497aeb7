from datetime import timedelta
from uuid import UUID

import pytest
from msgspec.structs import replace
from sqlalchemy import Connection

from app.core.model.event import Event
from app.core.model.scope import EVERYTHING, Scope
from app.core.query.cursor import EventKey, EventReference
from app.core.query.filter import parse
from app.core.query.listing import EVENTS
from app.db.queries.events import EventRow, find_event
from app.db.queries.related_events import Corrections, copies, corrections
from tests.builders.events import CLINIC, NOW, event, store

OTHER = 111122223333
FIRST, LATER = event(1), event(2, addendum_of=event(1).event_id)
LOST = event(3, addendum_of=event(9).event_id)
SHARED = event(4, shared_event_id="s-1")
COPY = replace(event(5, shared_event_id="s-1"), account=OTHER, event_time=SHARED.event_time + timedelta(seconds=2))
FAR = replace(event(6, shared_event_id="s-1"), account=OTHER, event_time=SHARED.event_time - timedelta(hours=2))


def key(one: Event) -> EventKey:
    return EventKey(one.event_time, UUID(one.event_id), one.account)


@pytest.fixture
def connection(engine):
    with engine.begin() as connection:
        store(connection, [FIRST, LATER, LOST, SHARED, COPY, FAR])
        yield connection


def row(connection: Connection, one: Event) -> EventRow:
    query = parse([("from", "now-7d")], EVENTS, NOW).filter
    found = find_event(connection, EVERYTHING, EventReference(UUID(one.event_id), key(one)), query)
    assert found is not None
    return found


@pytest.mark.parametrize("asked", [FIRST, LATER], ids=["the first", "its correction"])
def test_a_record_and_its_correction_name_each_other(connection: Connection, asked):
    assert corrections(connection, EVERYTHING, key(asked)) == Corrections(key(FIRST), (key(LATER),))


def test_what_a_correction_corrects_may_not_be_stored(connection: Connection):
    assert corrections(connection, EVERYTHING, key(LOST)) == Corrections(None, (key(LOST),))


def test_other_events_have_none(connection: Connection):
    assert corrections(connection, EVERYTHING, key(SHARED)) is None
    assert copies(connection, EVERYTHING, row(connection, FIRST)) == ()


def test_copies_of_one_action_are_those_of_other_accounts_at_its_time(connection: Connection):
    assert copies(connection, EVERYTHING, row(connection, SHARED)) == (key(COPY),)
    assert copies(connection, EVERYTHING, row(connection, COPY)) == (key(SHARED),)


def test_nothing_outside_of_the_scope_is_told(connection: Connection):
    assert copies(connection, Scope(frozenset({CLINIC})), row(connection, SHARED)) == ()
    assert corrections(connection, Scope(frozenset({OTHER})), key(FIRST)) is None
