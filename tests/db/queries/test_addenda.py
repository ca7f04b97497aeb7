from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from app.db.queries.ingest import EventStore
from tests.builders.recount import differences
from tests.builders.stored import arrival, one, rows
from tests.builders.trail import guid, kvs_record, role_identity

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
SUPERSEDED = """select event_id::text, superseded_by::text from event where superseded_by is not null order by 1"""


def record_id(number: object) -> str:
    return guid(f"event {number}")


def correction(number: object, original: object, **changes: Any) -> dict[str, Any]:
    return kvs_record(number, addendum={"reason": "UPDATED_DATA", "originalEventID": record_id(original)}, **changes)


def store(engine: Engine, *batches: list[dict[str, Any]]) -> None:
    for batch in batches:
        EventStore(engine).store([arrival(*batch)], now=NOW)


ORIGINAL = kvs_record("o", eventTime="2026-11-01T10:15:00Z")
OTHER = kvs_record("x", eventTime="2026-11-01T10:20:00Z")
CORRECTED = correction("c", "o", errorCode="AccessDenied", sourceIPAddress="198.51.100.7")


@pytest.mark.parametrize(
    "batches",
    [
        [[ORIGINAL, OTHER], [CORRECTED]],
        [[CORRECTED], [OTHER, ORIGINAL]],
        [[CORRECTED, ORIGINAL, OTHER]],
        [[ORIGINAL], [CORRECTED], [ORIGINAL, CORRECTED, OTHER], [CORRECTED], [ORIGINAL]],
    ],
    ids=["original first", "correction first", "together", "again and again"],
)
def test_a_correction_supersedes_its_record_and_one_of_them_counts(app_engine: Engine, batches):
    store(app_engine, *batches)
    assert rows(app_engine, SUPERSEDED) == [(record_id("o"), record_id("c"))]
    assert one(app_engine, "select count(*) from event_raw") == 3
    assert rows(app_engine, "select sum(n), sum(errors) from roll_hour") == [(2, 1)]
    assert differences(app_engine) == {}


@pytest.mark.parametrize("before", [timedelta(0), timedelta(hours=3), timedelta(days=80), timedelta(days=-3)], ids=str)
@pytest.mark.parametrize("is_first", [True, False], ids=["original first", "correction first"])
def test_a_correction_finds_its_record_though_it_was_earlier_or_later(app_engine: Engine, before, is_first):
    at = datetime(2026, 11, 1, 10, 15, tzinfo=UTC) - before
    original = kvs_record("o", eventTime=f"{at:%Y-%m-%dT%H:%M:%SZ}")
    store(app_engine, *([[original], [CORRECTED]] if is_first else [[CORRECTED], [original]]))
    assert rows(app_engine, SUPERSEDED) == [(record_id("o"), record_id("c"))]
    assert rows(app_engine, "select root_time from addendum") == [(at,)]
    assert differences(app_engine) == {}


def test_a_correction_of_a_record_that_is_not_stored_stands_and_counts(app_engine: Engine):
    store(app_engine, [CORRECTED, OTHER])
    assert rows(app_engine, SUPERSEDED) == []
    assert rows(app_engine, "select root_time from addendum") == [(None,)]
    assert one(app_engine, "select sum(n) from roll_hour") == 2


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_of_two_corrections_the_latest_counts_whatever_their_order(app_engine: Engine, order):
    early = correction("early", "o", eventTime="2026-11-01T10:15:00Z")
    late = correction("late", "o", eventTime="2026-11-01T10:16:00Z")
    batches = [[ORIGINAL], [early], [late]]
    store(app_engine, *(batches[place] for place in order))
    wanted = {(record_id("o"), record_id("late")), (record_id("early"), record_id("late"))}
    assert set(rows(app_engine, SUPERSEDED)) == wanted
    assert differences(app_engine) == {}


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_a_correction_of_a_correction_leaves_one_that_counts(app_engine: Engine, order):
    batches = [[ORIGINAL], [CORRECTED], [correction("c2", "c", eventTime="2026-11-01T10:17:00Z")]]
    store(app_engine, *(batches[place] for place in order))
    assert one(app_engine, "select sum(n) from roll_hour") == 1
    assert len(rows(app_engine, SUPERSEDED)) == 2
    assert differences(app_engine) == {}


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_a_correction_of_the_same_time_counts_instead_of_the_correction_that_it_names(app_engine: Engine, order):
    # Its ID is the least there is: by time and ID alone what it corrects would stand for it.
    second = correction("c2", "c", eventTime=CORRECTED["eventTime"], eventID="00000000-0000-4000-8000-000000000001")
    batches = [[ORIGINAL], [CORRECTED], [second]]
    store(app_engine, *(batches[place] for place in order))
    assert set(rows(app_engine, SUPERSEDED)) == {(record_id(n), second["eventID"]) for n in ("o", "c")}
    assert differences(app_engine) == {}


@pytest.mark.parametrize("order", list(permutations(range(4))), ids=str)
def test_of_two_corrections_of_a_correction_that_is_later_the_same_one_counts_in_any_order(app_engine: Engine, order):
    # Their IDs sort the other way round than their times, which lie before that of what they correct.
    corrected = correction("c", "o", eventTime="2026-11-02T10:15:00Z")
    early = correction("early", "c", eventTime="2026-11-01T10:15:00Z", eventID="ffffffff-0000-4000-8000-000000000001")
    late = correction("late", "c", eventTime="2026-11-01T11:15:00Z", eventID="00000000-0000-4000-8000-000000000001")
    batches = [[ORIGINAL], [corrected], [early], [late]]
    store(app_engine, *(batches[place] for place in order))
    assert {stands for _, stands in rows(app_engine, SUPERSEDED)} == {late["eventID"]}
    assert differences(app_engine) == {}


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_records_that_correct_one_another_in_a_circle_hide_no_call(app_engine: Engine, order):
    batches = [[correction("a", "b")], [correction("b", "c")], [correction("c", "a")]]
    store(app_engine, *(batches[place] for place in order))
    assert one(app_engine, "select sum(n) from roll_hour") >= 1
    assert differences(app_engine) == {}


def test_the_last_use_of_a_day_goes_with_its_record(app_engine: Engine):
    last = kvs_record("o", eventTime="2026-11-01T23:15:00Z")
    moved = correction("c", "o", eventTime="2026-11-01T23:15:00Z", userIdentity=role_identity() | {"type": "Root"})
    store(app_engine, [OTHER, last], [moved])
    assert len(rows(app_engine, "select * from roll_use")) == 2
    assert differences(app_engine) == {}


def test_the_only_use_goes_whole(app_engine: Engine):
    denied = correction("c", "o", errorCode="AccessDenied")
    store(app_engine, [ORIGINAL], [denied])
    assert rows(app_engine, "select * from roll_use") == []
    assert differences(app_engine) == {}


def test_another_account_s_record_of_the_same_id_stays(app_engine: Engine):
    store(app_engine, [ORIGINAL], [correction("c", "o", recipientAccountId="999988887777")])
    assert rows(app_engine, SUPERSEDED) == []


@pytest.mark.parametrize("reason", ["DELIVERY_DELAY", "SERVICE_OUTAGE"])
def test_a_late_record_supersedes_none(app_engine: Engine, reason):
    late = kvs_record("c", addendum={"reason": reason, "originalEventID": record_id("o")})
    store(app_engine, [ORIGINAL], [late])
    assert rows(app_engine, SUPERSEDED) == []
    assert rows(app_engine, "select addendum_reason from event where addendum_reason is not null") == [(reason,)]


def test_what_is_taken_out_lets_its_hour_be_judged_again(app_engine: Engine):
    store(app_engine, [ORIGINAL])
    with app_engine.begin() as connection:
        connection.execute(text("delete from touched_hour"))
    store(app_engine, [correction("c", "o", eventTime="2026-11-01T12:00:00Z")])
    assert [row.hour for row in _hours(app_engine)] == [10, 12]


def _hours(engine: Engine) -> Any:
    with engine.connect() as connection:
        return connection.execute(
            text("select extract(hour from hour at time zone 'UTC')::int as hour from touched_hour order by 1")
        ).all()


def test_writers_at_the_same_time_miss_no_correction(app_engine: Engine):
    originals = [[kvs_record(f"o{n}")] for n in range(12)]
    corrections = [[correction(f"c{n}", f"o{n}", errorCode="AccessDenied")] for n in range(12)]
    mixed = [batch for pair in zip(originals, corrections, strict=True) for batch in pair]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda batch: store(app_engine, batch), mixed))
    assert one(app_engine, "select count(*) from event where superseded_by is not null") == 12
    assert rows(app_engine, "select sum(n), sum(errors) from roll_hour") == [(12, 12)]
    assert differences(app_engine) == {}


RECORDS = st.integers(0, 4).flatmap(
    lambda n: st.one_of(
        st.builds(lambda hour: kvs_record(n, eventTime=f"2026-11-01T{hour:02d}:00:00Z"), st.integers(0, 2)),
        st.builds(
            lambda original, error: correction(n, original, errorCode=error),
            st.integers(0, 4),
            st.sampled_from([None, "AccessDenied"]),
        ),
    )
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(RECORDS, max_size=4), max_size=5))
def test_whatever_corrects_whatever_the_rollups_equal_a_recount_and_something_counts(app_engine: Engine, batches):
    tables = "event, event_raw, addendum, roll_hour, roll_dim, roll_day, roll_use, touched_hour"
    with app_engine.begin() as connection:
        for table in tables.split(", "):
            connection.execute(text(f"delete from {table}"))
    store(app_engine, *batches)
    assert differences(app_engine) == {}
    assert bool(one(app_engine, "select coalesce(sum(n), 0) from roll_hour")) == any(batches)
