from datetime import UTC, datetime

import pytest
from sqlalchemy import event, text

from app.db.queries.ingest import EventStore
from app.db.queries.raw_records import decompressed
from tests.builders.stored import arrival, one
from tests.builders.trail import compact, kvs_record

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)


def test_it_trains_a_dictionary_when_there_are_enough_records(app_engine):
    store = EventStore(app_engine)
    store.store([arrival(*(_record(n) for n in range(2_998)))], now=NOW)
    EventStore(app_engine).store([arrival(_record(2_998))], now=NOW)
    assert one(app_engine, "select count(*) from zdict") == 0
    late = kvs_record(-1)
    store.store([arrival(late)], now=NOW)
    EventStore(app_engine).store([arrival(kvs_record(-2))], now=NOW)
    assert one(app_engine, "select samples from zdict") == 3_000
    _assert_is_small(app_engine, late)


def test_a_first_batch_of_many_is_packed_by_a_dictionary_of_its_own(app_engine):
    records = [_record(n, str(n // 1_000)) for n in range(4_000)]
    EventStore(app_engine).store([arrival(*records)], now=NOW)
    assert one(app_engine, "select samples from zdict") == 3_000
    _assert_is_small(app_engine, records[0])
    _assert_is_small(app_engine, records[-1])


def test_a_batch_that_is_read_again_is_no_more_to_learn_from(app_engine):
    for _ in range(2):
        EventStore(app_engine).store([arrival(*(_record(n) for n in range(1_500)))], now=NOW)
    assert one(app_engine, "select count(*) from zdict") == 0
    EventStore(app_engine).store([arrival(*(_record(n) for n in range(1_000, 3_000)))], now=NOW)
    assert one(app_engine, "select samples from zdict") == 3_000


def test_where_a_dictionary_is_lost_with_its_commit_nothing_is_packed_with_it(app_engine):
    records = [_record(n, str(n // 1_000)) for n in range(3_500)]
    store = EventStore(app_engine)

    def cut(connection):
        if connection.execute(text("select count(*) from zdict")).scalar_one():
            raise ConnectionError("cut before the commit")

    event.listen(app_engine, "commit", cut)
    with pytest.raises(ConnectionError):
        store.store([arrival(*records)], now=NOW)
    event.remove(app_engine, "commit", cut)
    store.store([arrival(*records)], now=NOW)
    _assert_is_small(app_engine, records[0])


def _record(number, kind=""):
    return kvs_record(number, userAgent=f"agent {number % 97}", requestID=kind)


def _assert_is_small(engine, record):
    with engine.connect() as connection:
        sql = "select raw from event_raw where event_id = cast(:id as uuid)"
        frame = bytes(connection.execute(text(sql), {"id": record["eventID"]}).scalar_one())
        assert decompressed(connection, frame) == compact(record)
    assert len(frame) < len(compact(record)) / 4
