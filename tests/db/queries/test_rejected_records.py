from datetime import UTC, datetime

from app.core.model.batch import Arrival, Rejected
from app.db.queries.ingest import EventStore
from tests.builders.stored import rows

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
NUMBER = 111122223333


def test_a_rejection_is_kept_once_with_reason_and_place(app_engine):
    broken = Arrival(
        "s3://b/k", NUMBER, rejected=(Rejected("record 3", "no time", b"{}"), Rejected("the whole file", "x", b""))
    )
    store = EventStore(app_engine)
    assert store.store([broken], now=NOW).rejected == 2
    assert store.store([broken], now=NOW).rejected == 0
    found = rows(
        app_engine, "select account_id, origin, place, reason, raw is null from rejected_record order by place"
    )
    assert found == [
        (NUMBER, "s3://b/k", "record 3", "no time", False),
        (NUMBER, "s3://b/k", "the whole file", "x", True),
    ]
