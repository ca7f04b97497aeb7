from datetime import timedelta

import pytest
from sqlalchemy import Connection, text

from app.core.model.scope import EVERYTHING, Scope
from app.core.viewing.sessions import HOW
from app.db.queries.media_calls import MediaCalls, media_calls
from app.db.queries.stream_pages import stream_row
from tests.builders.events import NOW, event, store
from tests.builders.viewing import store_night

SINCE = NOW - timedelta(days=7)


@pytest.fixture
def connection(engine):
    with engine.begin() as connection:
        yield connection


def found(connection: Connection, stream: int, scope: Scope = EVERYTHING, limit: int = 500) -> MediaCalls:
    row = stream_row(connection, EVERYTHING, stream)
    assert row is not None
    return media_calls(connection, scope, row, HOW, SINCE, NOW, limit)


def test_it_finds_the_reading_calls_of_the_stream_alone_newest_first(connection):
    calls = found(connection, store_night(connection)).calls
    assert len(calls) == 41
    assert list(calls) == sorted(calls, key=lambda call: call.key, reverse=True)
    assert {call.action for call in calls} <= set(HOW)


def test_a_record_that_names_the_stream_without_its_arn_is_among_them(connection):
    calls = found(connection, store_night(connection)).calls
    by_name = connection.execute(
        text("select event_id from event e join stream s on s.id = e.stream_id where s.arn is null")
    ).scalar_one()
    assert [call.key.event_id for call in calls].count(by_name) == 1


def test_it_stops_at_the_limit_and_says_so(connection):
    stream = store_night(connection)
    few, every = found(connection, stream, limit=5), found(connection, stream, limit=41)
    assert (len(few.calls), few.has_more, every.has_more) == (5, True, False)
    assert few.calls == every.calls[:5]


def test_it_gives_a_corrected_call_once(engine):
    with engine.begin() as connection:
        stream = store_night(connection)
        newest = found(connection, stream).calls[0].key
    # A batch a transaction, as ingest stores them.
    with engine.begin() as connection:
        store(connection, [event(600, addendum_of=str(newest.event_id))])
        assert newest not in [call.key for call in found(connection, stream).calls]


def test_there_is_nothing_outside_of_the_scope(connection):
    assert found(connection, store_night(connection), Scope(frozenset({1}))).calls == ()
