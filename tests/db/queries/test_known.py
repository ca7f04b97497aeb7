from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import text

from app.db import stage
from app.db.queries._known import KEY_COLUMNS, forget, known
from app.db.queries.ingest import EventStore
from tests.builders.stored import arrival
from tests.builders.trail import ACCOUNT, kvs_record

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)


def test_a_row_is_known_by_account_time_and_id_together(app_engine):
    EventStore(app_engine).store([arrival(kvs_record(1))], now=NOW)
    with app_engine.begin() as connection:
        ((account, time, id_),) = connection.execute(text("select account_id, event_time, event_id from event")).all()
        assert account == int(ACCOUNT)
        stored = (account, time, id_.bytes)
        others = [(account + 1, *stored[1:]), (account, time + timedelta(seconds=1), id_.bytes)]
        rows = [*others, stored, (account, time, UUID(int=7).bytes)]
        stage.fill(connection, "stage_keys", KEY_COLUMNS, rows)
        found = known(connection, "event", "stage_keys", rows)
        assert set(found) == {stored}
        forget(connection, "stage_keys", found)
        left = connection.execute(text("select account_id, event_time, event_id from stage_keys")).all()
    assert {(row.account_id, row.event_time, row.event_id.bytes) for row in left} == {*rows} - {stored}
