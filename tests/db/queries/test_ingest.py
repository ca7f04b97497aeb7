from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text

from app.core.model.batch import Arrival, Rejected
from app.core.model.feed import FeedKey, Progress
from app.core.normalise.trail_file import arrival_of_file
from app.core.trailfile.packing import ENOUGH_RECORDS
from app.db.queries import feeds
from app.db.queries.dimensions import LONGEST_BYTES
from app.db.queries.events import decompressed
from app.db.queries.ingest import EventStore, Step, Stored
from tests.builders.trail import ACCOUNT, STREAM_ARN, assume_role_record, compact, kvs_record, log_text

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
NUMBER = int(ACCOUNT)


def arrival(*records: dict[str, Any], origin: str = "s3://archive/a.json.gz") -> Arrival:
    return arrival_of_file(log_text(*records), origin)


def rows(engine: Engine, sql: str) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(sql))]


def one(engine: Engine, sql: str) -> Any:
    ((value,),) = rows(engine, sql)
    return value


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
    assert one(app_engine, "select sum(n) from roll_dim where kind = 'action'") == 3


ROLL_HOUR = """select account_id, date_trunc('hour', event_time), action_id, count(*), count(error_code)
               from event group by 1, 2, 3 order by 1, 2, 3"""
ROLL_DAY = """select account_id, stream_id, cast(event_time as date), principal_id, action_id, count(*),
                     count(error_code), min(event_time), max(event_time)
              from event group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5"""


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
    hours = "select account_id, hour, action_id, n, errors from roll_hour order by 1, 2, 3"
    days = """select account_id, stream_id, day, principal_id, action_id, n, errors, first_seen, last_seen
              from roll_day order by 1, 2, 3, 4, 5"""
    assert rows(app_engine, hours) == rows(app_engine, ROLL_HOUR)
    assert rows(app_engine, days) == rows(app_engine, ROLL_DAY)
    assert rows(app_engine, "select kind, sum(n), sum(errors) from roll_dim group by 1 order by 1") == [
        ("action", 60, 12),
        ("address", 60, 12),
        ("error", 12, 12),
        ("principal", 60, 12),
        ("region", 60, 12),
        ("stream", 60, 12),
        ("user_agent", 60, 12),
    ]


def test_only_long_term_keys_are_rolled_up(app_engine):
    identity = assume_role_record()["userIdentity"]
    EventStore(app_engine).store([arrival(kvs_record(1), kvs_record(2, userIdentity=identity))], now=NOW)
    assert rows(app_engine, "select value, n from roll_dim where kind = 'key'") == [("AKIAANN0000000000001", 1)]


def test_it_stores_a_session_with_role_and_caller(app_engine):
    assert EventStore(app_engine).store([arrival(assume_role_record())], now=NOW) == Stored(sessions=1)
    found = rows(
        app_engine,
        """select r.arn, c.arn, s.access_key, s.caller_key, s.expires_at, a.source, a.name
           from issued_session s join principal r on r.id = role_id join principal c on c.id = caller_id
           join action a on a.id = action_id""",
    )
    expires = datetime(2026, 11, 1, 11, tzinfo=UTC)
    assert found == [
        (
            f"arn:aws:iam::{ACCOUNT}:role/media/Viewer",
            f"arn:aws:iam::{ACCOUNT}:user/ann",
            "ASIAVIEWER0000000001",
            "AKIAANN0000000000001",
            expires,
            "sts.amazonaws.com",
            "AssumeRole",
        )
    ]
    assert EventStore(app_engine).store([arrival(assume_role_record())], now=NOW) == Stored(duplicate_sessions=1)


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


@pytest.mark.parametrize(
    "address", ["kinesisvideo.amazonaws.com", "AWS Internal", "fe80::1%eth0", "2001:db8::1", "1.2.3"]
)
def test_an_address_is_kept_as_text_whatever_it_is(app_engine, address):
    EventStore(app_engine).store([arrival(kvs_record(sourceIPAddress=address))], now=NOW)
    assert rows(app_engine, "select address from event") == [(address,)]


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


def test_a_store_outlives_a_lost_connection(engine, app_engine):
    store = EventStore(app_engine)
    store.store([arrival(kvs_record(1))], now=NOW)
    with engine.begin() as connection:
        others = "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()"
        connection.execute(text(f"{others} and pid <> pg_backend_pid()"))
    assert store.store([arrival(kvs_record(2))], now=NOW) == Stored(events=1)


# ---------------------------------------------------------------- dictionaries


def test_it_trains_a_dictionary_when_there_are_enough_records(app_engine):
    store = EventStore(app_engine)
    records = [kvs_record(n, userAgent=f"agent {n % 97}") for n in range(ENOUGH_RECORDS)]
    store.store([arrival(*records)], now=NOW)
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
