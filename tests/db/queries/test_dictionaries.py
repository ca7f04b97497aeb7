from datetime import UTC, datetime

from sqlalchemy import text

from app.db.queries.ingest import EventStore
from app.db.queries.raw_records import decompressed
from tests.builders.stored import arrival, one
from tests.builders.trail import compact, kvs_record

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)


def test_it_trains_a_dictionary_when_there_are_enough_records(app_engine):
    store = EventStore(app_engine)
    *records, last = [kvs_record(n, userAgent=f"agent {n % 97}") for n in range(3_000)]
    store.store([arrival(*records)], now=NOW)
    EventStore(app_engine).store([arrival(last)], now=NOW)
    assert one(app_engine, "select count(*) from zdict") == 0
    late = kvs_record(-1)
    store.store([arrival(late)], now=NOW)
    EventStore(app_engine).store([arrival(kvs_record(-2))], now=NOW)
    assert one(app_engine, "select count(*) from zdict") == 1
    with app_engine.connect() as connection:
        sql = "select raw from event_raw where event_id = cast(:id as uuid)"
        frame = bytes(connection.execute(text(sql), {"id": late["eventID"]}).scalar_one())
        assert decompressed(connection, frame) == compact(late)
    assert len(frame) < len(compact(late)) / 4
