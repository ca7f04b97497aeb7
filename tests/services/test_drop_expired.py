"""Retention on a real database: what goes, what stays, and that it stands in nobody's way."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import Engine, text

from app.core.coverage.silence import HOUR, Silence
from app.core.model.batch import Arrival
from app.core.model.event import Event, Record
from app.core.model.integrity import PlaceKey
from app.core.model.own_call import CallOutcome, OwnCalls
from app.core.model.scope import EVERYTHING
from app.core.query.filter import parse
from app.core.query.listing import EVENTS
from app.core.retention import Dropped, Retention
from app.db.partitions import ensure_months, existing_months
from app.db.queries import audit, rollups
from app.db.queries.ingest import EventStore
from app.db.queries.own_calls import add_own_calls
from app.db.queries.retention import COUNTS, counted_days, dropped, keep_counts
from app.db.queries.silences import store_silences
from app.services.drop_expired import drop_expired
from tests.builders.accounts import make_account, make_rejected
from tests.builders.events import CLINIC, change, event, raw, store
from tests.builders.integrity import make_integrity
from tests.builders.recount import differences
from tests.builders.stored import arrival
from tests.builders.trail import token_record

NOW = datetime(2021, 6, 20, 12, tzinfo=UTC)
KEEP = Retention(days=100, raw_days=40, count_days=100)
FEBRUARY, MARCH, APRIL, MAY, JUNE = (date(2021, month, 1) for month in range(2, 7))


def stored(engine: Engine) -> None:
    """Store three calls of each month: on its first day, in its middle, and now and then on its last."""
    with engine.begin() as connection:
        months = (FEBRUARY, MARCH, APRIL, MAY, JUNE)
        times = [datetime(month.year, month.month, day, 3, tzinfo=UTC) for month in months for day in (1, 12, 20)]
        store(connection, [event(n, event_time=at) for n, at in enumerate(times)])
        ensure_months(connection, "issued_session", [FEBRUARY, JUNE])


def counted(engine: Engine, table: str, column: str) -> list[int]:
    """Return how many rows each month has, by month."""
    with engine.connect() as connection:
        rows = connection.execute(
            text(f"select sum(1) from {table} group by date_trunc('month', {column}) order by min({column})")
        )
        return [int(row) for row in rows.scalars()]


def months(engine: Engine, parent: str) -> tuple[date, ...]:
    with engine.connect() as connection:
        return existing_months(connection, parent)


def test_a_month_that_is_older_goes_and_one_partly_inside_stays(engine: Engine, app_engine: Engine) -> None:
    stored(engine)
    expired = drop_expired(app_engine, KEEP, now=NOW)
    assert expired.months == {
        "event_raw": (FEBRUARY, MARCH, APRIL),
        "issued_session": (FEBRUARY,),
        "event": (FEBRUARY,),
    }
    assert not expired.is_blocked
    assert months(engine, "event") == (MARCH, APRIL, MAY, JUNE)  # 12 March is 100 days ago
    assert months(engine, "event_raw") == (MAY, JUNE)
    assert counted(engine, "event", "event_time") == [3, 3, 3, 3]


def test_counts_go_with_their_calls_and_the_rest_stays_as_it_was(engine: Engine, app_engine: Engine) -> None:
    stored(engine)
    kept = "select account_id, day, kind, value, n from roll_dim where day >= '2021-03-01' order by 1, 2, 3, 4"
    with engine.connect() as connection:
        before = connection.execute(text(kept)).all()
    expired = drop_expired(app_engine, KEEP, now=NOW)
    assert (expired.rows["roll_hour"], expired.rows["roll_day"]) == (3, 3)
    assert [counted(engine, *of) for of in (("roll_hour", "day"), ("roll_day", "day"))] == [[3, 3, 3, 3]] * 2
    query = parse([("from", "2020-01-01"), ("to", "2021-07-01")], EVENTS, NOW).filter
    with engine.connect() as connection:
        assert connection.execute(text("select min(day) from roll_dim")).scalar_one() == MARCH
        assert connection.execute(text(kept)).all() == before
        assert rollups.total(connection, EVERYTHING, query) == 12


LONGER = Retention(days=100, raw_days=40, count_days=500)


def imported(app_engine: Engine, *calls: Event) -> int:
    arrival = Arrival("file", records=tuple(Record(each, raw(each)) for each in calls))
    return EventStore(app_engine).store([arrival], now=NOW).events


def test_counts_that_outlive_their_calls_are_not_counted_again_when_those_are_imported(
    engine: Engine, app_engine: Engine
) -> None:
    stored(engine)
    before = contents(engine)
    assert drop_expired(app_engine, LONGER, now=NOW).months["event"] == (FEBRUARY,)
    assert contents(engine) == before

    again = [event(n, event_time=datetime(2021, 2, day, 3, tzinfo=UTC)) for n, day in enumerate((1, 12, 20))]
    corrected = replace(again[0], event_id=event(99).event_id, addendum_of=again[0].event_id)
    new = event(98, event_time=NOW)
    assert imported(app_engine, *again, corrected, new) == 5
    assert contents(engine)["roll_hour"] == [3, 3, 3, 3, 4]
    assert counted(engine, "event", "event_time") == [4, 3, 3, 3, 4]

    assert drop_expired(app_engine, LONGER, now=NOW).months["event"] == (FEBRUARY,)
    assert contents(engine)["roll_hour"] == [3, 3, 3, 3, 4]


def correcting(what: Event, at: datetime, **changes: Any) -> Event:
    """Return the record that corrects an event."""
    return replace(what, event_id=event(99).event_id, event_time=at, addendum_of=what.event_id, **changes)


@pytest.mark.parametrize(
    ("changes", "left"), [({}, 6), ({"error_code": "AccessDenied"}, 5)], ids=["is one too", "was refused"]
)
def test_a_correction_leaves_what_is_counted_of_calls_that_are_gone(engine: Engine, app_engine: Engine, changes, left):
    first = datetime(2021, 2, 1, 3, tzinfo=UTC)
    last = NOW - timedelta(days=1)
    calls = [event(n, event_time=first + timedelta(days=n)) for n in range(5)]
    newest = event(9, event_time=last)
    imported(app_engine, *calls, newest)
    drop_expired(app_engine, LONGER, now=NOW)
    imported(app_engine, correcting(newest, last, **changes))
    with engine.connect() as connection:
        used = connection.execute(text("select n, first_at, last_at from roll_use")).one()
        days = connection.execute(text("select sum(n - errors) from roll_day")).scalar_one()
    assert tuple(used) == (left, first, last if left == 6 else calls[-1].event_time)
    assert days == left


@pytest.mark.parametrize("counts", [100, 500])
def test_a_corrected_call_that_is_read_again_once_it_is_gone_does_not_count(
    engine: Engine, app_engine: Engine, counts: int
) -> None:
    original = event(1, event_time=datetime(2021, 2, 28, 10, tzinfo=UTC))
    correction = correcting(original, datetime(2021, 3, 14, tzinfo=UTC))
    for each in (original, correction):
        imported(app_engine, each)
    for _ in range(2):
        drop_expired(app_engine, Retention(100, 100, counts), now=NOW)
        imported(app_engine, original)
        with engine.connect() as connection:
            assert connection.execute(text("select sum(n) from roll_hour")).scalar_one() == 1
            counting = connection.execute(text("select event_id::text from event where superseded_by is null"))
            assert counting.scalars().all() == [correction.event_id]


@pytest.mark.parametrize("is_original_first", [True, False], ids=["original first", "correction first"])
def test_of_days_whose_calls_are_gone_a_correction_supersedes_its_record_too(
    engine: Engine, app_engine: Engine, *, is_original_first: bool
) -> None:
    original = event(1, event_time=datetime(2021, 2, 5, 10, tzinfo=UTC))
    both = [original, correcting(original, original.event_time, error_code="AccessDenied")]
    for each in both:
        imported(app_engine, each)
    drop_expired(app_engine, LONGER, now=NOW)
    for each in both if is_original_first else reversed(both):
        imported(app_engine, each)
    with engine.connect() as connection:
        counting = connection.execute(text("select event_id::text from event where superseded_by is null"))
        assert counting.scalars().all() == [both[1].event_id]
        assert connection.execute(text("select sum(n), sum(errors) from roll_hour")).one() == (1, 1)


def test_a_corrected_call_of_a_day_with_no_count_of_its_own_does_not_count_when_read_again(
    engine: Engine, app_engine: Engine
) -> None:
    original = event(1, event_time=datetime(2021, 2, 26, 23, 59, tzinfo=UTC))
    for each in (original, correcting(original, original.event_time + timedelta(minutes=2))):
        imported(app_engine, each)
    drop_expired(app_engine, LONGER, now=NOW)
    imported(app_engine, original)
    with engine.connect() as connection:
        for table in ("roll_hour", "roll_day", "roll_use"):
            assert connection.execute(text(f"select sum(n) from {table}")).scalar_one() == 1, table


def test_counts_go_by_their_own_age_and_what_is_imported_of_it_is_counted(engine: Engine, app_engine: Engine) -> None:
    stored(engine)
    drop_expired(app_engine, LONGER, now=NOW)
    expired = drop_expired(app_engine, KEEP, now=NOW)
    assert (expired.rows["roll_hour"], expired.rows["roll_dim"] > 0, expired.rows["roll_day"]) == (3, True, 3)
    with engine.connect() as connection:
        assert counted_days(connection, EVERYTHING) is None
    imported(app_engine, event(0, event_time=datetime(2021, 2, 1, 3, tzinfo=UTC)))
    assert contents(engine)["roll_hour"] == [1, 3, 3, 3, 3]
    assert differences(engine) == {}


def test_what_was_never_counted_is_counted_however_old_it_is(engine: Engine, app_engine: Engine) -> None:
    stored(engine)
    drop_expired(app_engine, LONGER, now=NOW)
    with engine.connect() as connection:
        assert counted_days(connection, EVERYTHING) == (date(2021, 2, 1), date(2021, 2, 20))
    at = datetime(2021, 2, 12, 3, tzinfo=UTC)
    of_other_account = [event(200 + n, event_time=at, account=CLINIC + 1) for n in range(5)]
    of_other_day = event(210, event_time=at + timedelta(days=1))
    for calls in ([*of_other_account[:2]], [*of_other_account[2:], of_other_day]):  # each of a batch of its own
        imported(app_engine, *calls)
    assert contents(engine)["roll_hour"] == [3 + 6, 3, 3, 3, 3]
    with engine.connect() as connection:
        for table in ("roll_day", "roll_use"):
            of_other = text(f"select sum(n) from {table} where account_id = :other")
            assert connection.execute(of_other, {"other": CLINIC + 1}).scalar_one() == 5


def test_importing_what_is_dropped_again_and_again_raises_no_count(engine: Engine, app_engine: Engine) -> None:
    stored(engine)
    drop_expired(app_engine, KEEP, now=NOW)
    before = contents(engine)
    old = [event(n, event_time=datetime(2021, 2, 1 + n, 3, tzinfo=UTC)) for n in range(5)]
    for _ in range(3):
        assert imported(app_engine, *old) == 5
        drop_expired(app_engine, KEEP, now=NOW)
        assert contents(engine) == before
        assert differences(engine) == {}


def contents(engine: Engine) -> dict[str, list[int]]:
    """Return how many calls each month has in each rollup."""
    with engine.connect() as connection:
        return {
            table: [int(row.n) for row in connection.execute(text(f"select sum(n) as n from {table} {by}"))]
            for table, by in {
                **dict.fromkeys(
                    ("roll_hour", "roll_dim", "roll_day"), "group by date_trunc('month', day) order by min(day)"
                ),
                "roll_use": "",
            }.items()
        }


def test_whatever_is_counted_or_refused_goes_by_its_time(engine: Engine, app_engine: Engine) -> None:
    stored(engine)
    with engine.begin() as connection:
        for at in (datetime(2021, 2, 3, tzinfo=UTC), NOW):
            add_own_calls(connection, [OwnCalls(CLINIC, at, "sts:AssumeRole", "eu-central-1", CallOutcome.OK, 1)])
            make_rejected(connection, f"broken on {at:%d}", CLINIC, rejected_at=at)
            made = change(at.month, "PutRolePolicy", "role/viewer", event_time=at)
            make_integrity(connection, CLINIC, at, verdict="broken", why="edited")
            silent = Silence(at - HOUR, at, 336, 336)
            store_silences(connection, PlaceKey(CLINIC, "logs", "eu-central-1"), silent.start, silent.end, [silent])
            store(connection, [made, replace(made, event_id=event(10 * at.month).event_id, addendum_of=made.event_id)])
        keep_counts(connection, FEBRUARY, date(2021, 7, 1))
    expired = drop_expired(app_engine, KEEP, now=NOW)
    assert set(expired.rows) == {*COUNTS, "rejected_record.raw"}
    with engine.connect() as connection:
        oldest = {
            table: connection.execute(text(f"select min({column})::date, count(*) from {table}")).one()
            for table, column in COUNTS.items()
        }
    assert all(first >= MARCH and n for first, n in oldest.values()), oldest
    assert all(expired.rows[table] for table in COUNTS if table != "roll_use"), expired.rows


def test_told_to_stop_it_says_that_it_was_not_done(engine: Engine, app_engine: Engine) -> None:
    stored(engine)
    assert drop_expired(app_engine, KEEP, now=NOW, is_stopping=lambda: True).is_broken_off
    assert counted(engine, "roll_hour", "day") == [3, 3, 3, 3, 3]
    assert not drop_expired(app_engine, KEEP, now=NOW).is_broken_off
    assert counted(engine, "roll_hour", "day") == [3, 3, 3, 3]


def test_it_is_written_down_for_the_pages_and_in_the_audit_log(engine: Engine, app_engine: Engine) -> None:
    stored(engine)
    drop_expired(app_engine, KEEP, now=NOW)
    with engine.connect() as connection:
        assert dropped(connection, "event") == Dropped(datetime(2021, 3, 1, tzinfo=UTC), 100)
        assert dropped(connection, "event_raw") == Dropped(datetime(2021, 5, 1, tzinfo=UTC), 40)
        entries = [one.entry for one in audit.entries(connection)]
    assert [(one.actor, one.action, one.subject) for one in entries] == [
        ("retention", "drop_months", "event_raw"),
        ("retention", "drop_months", "issued_session"),
        ("retention", "drop_months", "event"),
    ]
    assert entries[2].detail == {"months": ["2021-02"], "days_kept": 100}


def test_what_told_of_a_hole_goes_with_a_mark_where_no_event_was_kept(engine: Engine, app_engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_rejected(connection, "over the limit", rejected_at=datetime(2021, 2, 12, tzinfo=UTC))
    assert drop_expired(app_engine, KEEP, now=NOW).months["event"] == ()
    with engine.connect() as connection:
        assert connection.exec_driver_sql("select count(*) from rejected_record").scalar_one() == 0
        assert dropped(connection, "event") == Dropped(datetime(2021, 3, 1, tzinfo=UTC), KEEP.days)


def test_again_is_the_same_as_once_and_writes_nothing(engine: Engine, app_engine: Engine) -> None:
    stored(engine)
    drop_expired(app_engine, KEEP, now=NOW)
    again = drop_expired(app_engine, KEEP, now=NOW)
    assert not any(again.months.values())
    assert not any(again.rows.values())
    with engine.connect() as connection:
        assert len(list(audit.entries(connection))) == 3


def test_nothing_is_said_to_be_gone_where_nothing_was_old(engine: Engine, app_engine: Engine) -> None:
    stored(engine)
    drop_expired(app_engine, Retention(400, 400, 400), now=NOW)
    with engine.connect() as connection:
        assert dropped(connection, "event") is None


def test_a_table_that_somebody_reads_for_long_is_left_for_another_time(engine: Engine, app_engine: Engine) -> None:
    stored(engine)
    with engine.begin() as reader:
        reader.execute(text("select count(*) from event"))
        blocked = drop_expired(app_engine, KEEP, now=NOW)
        assert blocked.is_blocked
        assert blocked.months["event_raw"] == (FEBRUARY, MARCH, APRIL)
        assert dropped(reader, "event") is None
    assert counted(engine, "roll_hour", "day") == [3, 3, 3, 3, 3]
    assert drop_expired(app_engine, KEEP, now=NOW).months["event"] == (FEBRUARY,)


def test_counts_that_somebody_takes_the_other_way_round_are_left_for_another_time(
    engine: Engine, app_engine: Engine
) -> None:
    old = datetime(2021, 2, 1, 3, tzinfo=UTC)
    imported(app_engine, event(1, event_time=old), event(2, event_time=old, action="PutMedia"))
    waiting = text("select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query like '%roll_use%'")
    with ThreadPoolExecutor(1) as pool, engine.connect() as other, engine.connect() as watch:
        other.execute(text("select 1 from roll_use where action_id = (select max(action_id) from roll_use) for update"))
        dropping = pool.submit(drop_expired, app_engine, KEEP, now=NOW)
        while not watch.execute(waiting).scalar_one():
            watch.rollback()
        other.execute(text("select 1 from roll_use where action_id = (select min(action_id) from roll_use) for update"))
        assert dropping.result().is_blocked
        other.rollback()
    assert counted(engine, "roll_use", "last_at") == [2]
    assert drop_expired(app_engine, KEEP, now=NOW).rows["roll_day"] == 2


def test_a_month_that_goes_while_its_file_is_imported_comes_again(app_engine: Engine) -> None:
    importer, kept = EventStore(app_engine), Retention(400, 400, 400)
    gone: list[date] = []
    with ThreadPoolExecutor(1) as pool:
        for n in range(25):
            old = [event(100 * n + i, event_time=datetime(2019, 5, 1, tzinfo=UTC)) for i in range(20)]
            dropping = pool.submit(drop_expired, app_engine, kept, now=NOW)
            arrival = Arrival("file", records=tuple(Record(each, raw(each)) for each in old))
            assert importer.store([arrival], now=NOW).events == 20
            gone += dropping.result().months.get("event", ())
    assert set(gone) == {date(2019, 5, 1)}


def test_it_runs_beside_an_ingest_and_neither_loses_anything(engine: Engine, app_engine: Engine) -> None:
    stored(engine)

    def ingest(place: int) -> int:
        new = 0
        for n in range(8):
            calls = [event(1000 * place + 50 * n + i, event_time=NOW - timedelta(minutes=n + i)) for i in range(50)]
            arrival = Arrival("file", records=tuple(Record(each, raw(each)) for each in calls))
            new += EventStore(app_engine).store([arrival], now=NOW).events
        return new

    with ThreadPoolExecutor(2) as pool:
        writers = [pool.submit(ingest, place) for place in (1, 2)]
        expired = drop_expired(app_engine, KEEP, now=NOW)
        while expired.is_blocked or not all(writer.done() for writer in writers):
            expired = drop_expired(app_engine, KEEP, now=NOW)
        assert [writer.result() for writer in writers] == [400, 400]
    assert months(engine, "event") == (MARCH, APRIL, MAY, JUNE)
    assert counted(engine, "event", "event_time") == [3, 3, 3, 3 + 800]
    with engine.connect() as connection:
        assert connection.execute(text("select sum(n) from roll_hour")).scalar_one() == 12 + 800


def test_which_keys_tokens_have_goes_with_the_calls(engine: Engine, app_engine: Engine) -> None:
    old, new = (token_record(n, eventTime=f"2021-0{month}-03T00:00:00Z") for n, month in enumerate((2, 5)))
    old["responseElements"] = {"credentials": {"accessKeyId": "ASIAOLD"}}
    EventStore(engine).store([arrival(old, new)], now=NOW)
    drop_expired(app_engine, KEEP, now=NOW)
    with engine.connect() as connection:
        kept = connection.execute(text("select event_time::date from issued_token")).scalars().all()
    assert kept == [date(2021, 5, 3)]
