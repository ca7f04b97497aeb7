from datetime import UTC, datetime

import pytest

from app.core.model.batch import Arrival, Rejected
from app.core.normalise.trail_file import WHOLE_FILE
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


@pytest.mark.parametrize("origin", ["s3://b/k/a.json.gz", "/evidence/a.json.gz"], ids=["read again", "imported"])
def test_a_file_that_came_after_all_is_rejected_no_more(app_engine, origin):
    store = EventStore(app_engine)
    given_up = (Rejected(WHOLE_FILE, "denied", b""),)
    others = [Arrival("s3://b/k/b.json.gz", NUMBER, rejected=given_up)]
    store.store([Arrival("s3://b/k/a.json.gz", NUMBER, rejected=given_up), *others], now=NOW)
    store.store([Arrival(origin, NUMBER, rejected=(Rejected("record 3", "no time", b"{}"),)), *others], now=NOW)
    found = rows(app_engine, "select origin, place from rejected_record")
    assert sorted(found) == sorted([(origin, "record 3"), ("s3://b/k/b.json.gz", WHOLE_FILE)])
