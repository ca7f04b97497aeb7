from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from app.core.model.feed import FeedKey, Progress
from app.db.queries import feeds
from app.db.queries.dimensions import LONGEST_BYTES
from app.db.queries.ingest import EventStore, Step, Stored
from app.db.queries.raw_records import decompressed
from app.db.queries.stored_events import store_events
from tests.builders.recount import differences
from tests.builders.stored import arrival, one, rows
from tests.builders.trail import ACCOUNT, STREAM_ARN, assume_role_record, compact, kvs_record
from tests.builders.waiting import eventually

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
NUMBER = int(ACCOUNT)


def test_it_stores_an_event_with_its_names_and_its_raw_record(app_engine):
    record = kvs_record(errorCode="AccessDenied")
    assert EventStore(app_engine).store([arrival(record)], now=NOW) == Stored(events=1)
    found = rows(
        app_engine,
        """select e.account_id, e.event_time, a.name, r.name, s.kind, s.name, s.arn, p.arn, u.value, e.access_key,
                  e.session_name, host(e.ip), e.error_code, e.is_own
           from event e join action a on a.id = action_id join region r on r.id = region_id
           join stream s on s.id = stream_id join principal p on p.id = principal_id
           join user_agent u on u.id = user_agent_id""",
    )
    role = f"arn:aws:iam::{ACCOUNT}:role/media/Viewer"
    time = datetime(2026, 11, 1, 10, 15, tzinfo=UTC)
    assert found == [
        (
            *(NUMBER, time, "GetMedia", "eu-west-1"),
            *("stream", "front-door", STREAM_ARN, role, "Boto3/1.40"),
            *("ASIAVIEWER0000000001", "night-shift", "203.0.113.9", "AccessDenied", False),
        )
    ]
    with app_engine.connect() as connection:
        raw, origin = connection.execute(text("select raw, origin from event_raw")).one()
        assert (decompressed(connection, bytes(raw)), origin) == (compact(record), "s3://archive/a.json.gz")


def test_the_same_event_from_two_sources_is_stored_and_counted_once(app_engine):
    store = EventStore(app_engine)
    first = store.store([arrival(kvs_record(1), kvs_record(2))], now=NOW)
    again = store.store([arrival(kvs_record(2), kvs_record(3), kvs_record(3), origin="lookup_events")], now=NOW)
    assert (first, again) == (Stored(events=2), Stored(events=1, duplicate_events=2))
    assert one(app_engine, "select count(*) from event_raw") == 3
    assert one(app_engine, "select sum(n) from roll_hour") == 3
    assert one(app_engine, "select sum(n) from roll_day") == 3
    assert one(app_engine, "select sum(n) from roll_dim where kind = 'region'") == 3


def test_what_another_writer_is_about_to_store_is_waited_for_and_counted_once(engine, app_engine):
    one_store, other = EventStore(app_engine), EventStore(app_engine)
    one_store.store([arrival(kvs_record(0))], now=NOW)
    mine = one_store.prepare([arrival(kvs_record(1), kvs_record(2))], now=NOW)
    with ThreadPoolExecutor(1) as pool, app_engine.connect() as connection:
        store_events(connection, mine.events, mine.raws, NOW)
        theirs = pool.submit(other.store, [arrival(kvs_record(2), kvs_record(3), origin="lookup_events")], now=NOW)
        waiting = (
            "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
        )
        assert eventually(lambda: one(engine, waiting) == 1)
        connection.commit()
        assert theirs.result(20) == Stored(events=1, duplicate_events=1)
    assert one(app_engine, "select count(*) from event_raw") == 4
    assert differences(app_engine) == {}


HOSTILE = "\u202e<script>'\"\\é📹" * 400


def test_text_of_any_length_is_stored_and_stays_apart(app_engine):
    records = [
        kvs_record(
            n,
            userAgent=HOSTILE + str(n),
            sourceIPAddress=HOSTILE + str(n),
            errorCode=HOSTILE + str(n),
            eventName=HOSTILE + str(n),
            awsRegion=HOSTILE + str(n),
            resources=...,
            requestParameters={"streamName": HOSTILE + str(n)},
            userIdentity={"type": "IAMUser", "arn": HOSTILE + str(n), "accessKeyId": "AKIA" + HOSTILE + str(n)},
        )
        for n in range(2)
    ]
    session = assume_role_record(
        userIdentity={"type": "WebIdentityUser", "userName": HOSTILE},
        requestParameters={"roleArn": HOSTILE, "roleSessionName": HOSTILE},
    )
    assert EventStore(app_engine).store([arrival(*records, session)], now=NOW) == Stored(events=2, sessions=1)
    values = [value for (value,) in rows(app_engine, "select value from user_agent where id > 0")]
    assert len(set(values)) == 3
    assert max(len(value.encode()) for value in values) <= LONGEST_BYTES


def test_a_channel_that_is_only_named_is_a_channel(app_engine):
    record = kvs_record(eventName="DescribeSignalingChannel", resources=..., requestParameters={"channelName": "yard"})
    EventStore(app_engine).store([arrival(record)], now=NOW)
    assert rows(app_engine, "select kind, name, arn from stream where id > 0") == [("channel", "yard", None)]


def test_an_arn_of_another_account_belongs_to_the_account_of_the_record(app_engine):
    foreign = STREAM_ARN.replace(ACCOUNT, "999988887777")
    EventStore(app_engine).store(
        [arrival(kvs_record(resources=..., requestParameters={"streamARN": foreign}))], now=NOW
    )
    assert rows(app_engine, "select account_id, arn from stream where id > 0") == [(NUMBER, foreign)]


def test_two_stores_learn_the_same_ids(app_engine):
    for number in range(2):
        EventStore(app_engine).store([arrival(kvs_record(number), assume_role_record(number))], now=NOW)
    for table in ("principal", "stream", "action", "region", "user_agent"):
        ids = [number for (number,) in rows(app_engine, f"select id from {table} where id > 0 order by 1")]
        assert ids == list(range(1, len(ids) + 1)), f"{table} burnt ids"


def test_it_makes_the_months_that_events_need(app_engine):
    times = ["2019-02-28T23:59:59Z", "2026-11-01T00:00:00Z"]
    records = [kvs_record(n, eventTime=time) for n, time in enumerate(times)]
    assert EventStore(app_engine).store([arrival(*records)], now=NOW).events == 2


# ---------------------------------------------------------------- cursor and lease

FEED = FeedKey(NUMBER, "s3_logs")


@pytest.fixture
def owner(app_engine) -> str:
    with app_engine.begin() as connection:
        feeds.add_feeds(connection, [(FEED, 60)], NOW)
        assert feeds.claim(connection, "me", NOW, 60, ["s3_logs"]) is not None
    return "me"


def test_the_cursor_moves_with_the_batch(app_engine, owner):
    step = Step(FEED, owner, {"last": "k2"}, Progress(2, 10, "files"))
    EventStore(app_engine).store([arrival(kvs_record())], now=NOW, step=step)
    assert rows(app_engine, "select cursor, progress from feed") == [
        ({"last": "k2"}, {"done": 2, "total": 10, "unit": "files"})
    ]


@pytest.mark.usefixtures("owner")
def test_a_lost_lease_stores_nothing(app_engine):
    step = Step(FEED, "somebody else", {"last": "k2"})
    with pytest.raises(feeds.LeaseLost):
        EventStore(app_engine).store([arrival(kvs_record(), assume_role_record())], now=NOW, step=step)
    assert one(app_engine, "select count(*) from event") == 0
    assert one(app_engine, "select count(*) from issued_session") == 0
    assert one(app_engine, "select cursor from feed") is None


def test_a_batch_that_fails_leaves_neither_events_nor_cursor(engine, app_engine, owner):
    with engine.begin() as connection:
        connection.execute(text("alter table roll_day add constraint refuse check (n < 2)"))
    store = EventStore(app_engine)
    step = Step(FEED, owner, {"last": "k2"})
    with pytest.raises(Exception, match="refuse"):
        store.store([arrival(kvs_record(1), kvs_record(2))], now=NOW, step=step)
    for table in ("event", "event_raw", "roll_hour", "roll_dim", "touched_hour"):
        assert one(app_engine, f"select count(*) from {table}") == 0
    assert one(app_engine, "select cursor from feed") is None
    with engine.begin() as connection:
        connection.execute(text("alter table roll_day drop constraint refuse"))
    assert store.store([arrival(kvs_record(1), kvs_record(2))], now=NOW, step=step).events == 2


@pytest.mark.usefixtures("new_database")
def test_a_store_outlives_a_lost_connection(engine, app_engine):
    store = EventStore(app_engine)
    store.store([arrival(kvs_record(1))], now=NOW)
    with engine.begin() as connection:
        others = "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()"
        connection.execute(text(f"{others} and pid <> pg_backend_pid()"))
    assert store.store([arrival(kvs_record(2))], now=NOW) == Stored(events=1)
