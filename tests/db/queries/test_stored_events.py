from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from app.db.queries.ingest import EventStore
from tests.builders.recount import differences
from tests.builders.stored import arrival, rows
from tests.builders.trail import ACCOUNT, assume_role_record, kvs_record

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
NUMBER = int(ACCOUNT)


def test_rollups_equal_a_recount(app_engine):
    records = [
        kvs_record(
            n,
            eventTime=f"{datetime(2026, 10, 31, 21, tzinfo=UTC) + timedelta(minutes=7 * n):%Y-%m-%dT%H:%M:%SZ}",
            eventName=("GetMedia", "GetClip", "ListStreams")[n % 3],
            errorCode="AccessDenied" if n % 5 == 0 else None,
        )
        for n in range(60)
    ]
    store = EventStore(app_engine)
    for start in (0, 20, 10, 40):
        store.store([arrival(*records[start : start + 20])], now=NOW)
    assert differences(app_engine) == {}
    assert rows(app_engine, "select kind, sum(n), sum(errors) from roll_dim group by 1 order by 1") == [
        ("address", 60, 12),
        ("error", 12, 12),
        ("principal", 60, 12),
        ("read_stream", 40, 8),
        ("reader", 40, 8),
        ("region", 60, 12),
        ("stream", 60, 12),
        ("user_agent", 60, 12),
    ]


def test_only_long_term_keys_are_rolled_up(app_engine):
    identity = assume_role_record()["userIdentity"]
    EventStore(app_engine).store([arrival(kvs_record(1), kvs_record(2, userIdentity=identity))], now=NOW)
    assert rows(app_engine, "select value, n from roll_dim where kind = 'key'") == [("AKIAANN0000000000001", 1)]


def test_it_marks_the_hours_that_are_to_be_evaluated(app_engine):
    EventStore(app_engine).store(
        [arrival(kvs_record(1), assume_role_record(eventTime="2026-09-01T23:59:59Z"))], now=NOW
    )
    assert rows(app_engine, "select account_id, hour, touched_at from touched_hour order by 2") == [
        (NUMBER, datetime(2026, 9, 1, 23, tzinfo=UTC), NOW),
        (NUMBER, datetime(2026, 11, 1, 10, tzinfo=UTC), NOW),
    ]


def test_what_was_there_before_marks_no_hour(app_engine):
    store = EventStore(app_engine)
    store.store([arrival(kvs_record(1))], now=NOW)
    with app_engine.begin() as connection:
        connection.execute(text("delete from touched_hour"))
    store.store([arrival(kvs_record(1))], now=NOW)
    assert rows(app_engine, "select * from touched_hour") == []


@pytest.mark.parametrize(
    "address", ["kinesisvideo.amazonaws.com", "AWS Internal", "fe80::1%eth0", "2001:db8::1", "1.2.3"]
)
def test_an_address_is_kept_as_text_whatever_it_is(app_engine, address):
    EventStore(app_engine).store([arrival(kvs_record(sourceIPAddress=address))], now=NOW)
    assert rows(app_engine, "select address from event") == [(address,)]
