"""What retention writes down, and its deletions in batches."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Engine, text

from app.core.retention import Dropped
from app.db.queries.retention import accounts_with_counts, delete_counts, dropped, empty_rejected, mark_dropped
from tests.builders.events import CLINIC, event, store

NOW = datetime(2021, 3, 15, tzinfo=UTC)
MARCH = Dropped(datetime(2021, 3, 1, tzinfo=UTC), 10)


def test_nothing_is_said_to_be_dropped_before_it_was(read_engine: Engine) -> None:
    with read_engine.connect() as connection:
        assert dropped(connection, "event") is None


def test_what_is_gone_stays_gone_when_more_is_kept_later(app_engine: Engine, read_engine: Engine) -> None:
    with app_engine.begin() as connection:
        mark_dropped(connection, "event", MARCH, NOW)
        mark_dropped(connection, "event", Dropped(datetime(2020, 1, 1, tzinfo=UTC), 400), NOW)
    with read_engine.connect() as connection:
        assert dropped(connection, "event") == MARCH
        assert dropped(connection, "event_raw") is None


def test_it_deletes_a_batch_of_what_is_older_and_nothing_else(app_engine: Engine) -> None:
    with app_engine.begin() as connection:
        store(connection, [event(n, event_time=NOW - timedelta(days=30 + n)) for n in range(5)])
        store(connection, [event(9, event_time=NOW)])
        before = date(2021, 3, 1)
        assert accounts_with_counts(connection, "roll_hour", before) == (CLINIC,)
        assert [delete_counts(connection, "roll_hour", CLINIC, before, most=3) for _ in range(3)] == [3, 2, 0]
        assert connection.execute(text("select day from roll_hour")).scalars().all() == [NOW.date()]
        assert accounts_with_counts(connection, "roll_hour", before) == ()


def test_it_does_not_wait_for_a_row_that_ingest_holds(app_engine: Engine) -> None:
    with app_engine.begin() as connection:
        store(connection, [event(n, event_time=NOW - timedelta(days=30 + n)) for n in range(2)])
    with app_engine.begin() as ingest, app_engine.begin() as connection:
        ingest.execute(text("update roll_hour set n = n + 1 where day = :day"), {"day": NOW - timedelta(days=30)})
        assert delete_counts(connection, "roll_hour", CLINIC, date(2021, 3, 1)) == 1


def test_what_is_counted_over_all_days_is_locked_in_the_order_of_ingest(app_engine: Engine) -> None:
    """Ingest holds the first of two uses and comes to the second: whoever had taken that one would wait for ever."""
    with app_engine.begin() as connection:
        calls = [event(n, event_time=NOW - timedelta(days=30 + n), action=f"Get{n}") for n in range(40)]
        store(connection, calls)
        uses = connection.execute(text("select action_id from roll_use order by 1")).scalars().all()
    update = text("update roll_use set n = n where action_id = :action")
    deleted: list[int] = []

    def delete() -> None:
        with app_engine.begin() as connection:
            deleted.append(delete_counts(connection, "roll_day", CLINIC, date(2021, 3, 1)))

    with app_engine.begin() as ingest, ThreadPoolExecutor(1) as threads:
        ingest.execute(update, {"action": uses[0]})
        doing = threads.submit(delete)
        while not ingest.execute(text("select count(*) from pg_locks where not granted")).scalar_one():
            pass
        for action in uses[1:]:
            ingest.execute(update, {"action": action})
        ingest.commit()
        doing.result(20)
    assert deleted == [40]


def test_what_is_left_of_a_use_begins_with_the_first_day_that_is_kept(app_engine: Engine) -> None:
    with app_engine.begin() as connection:
        store(connection, [event(n, event_time=NOW - timedelta(days=10 * n)) for n in range(5)])
        before = NOW.date() - timedelta(days=15)
        assert [delete_counts(connection, "roll_day", CLINIC, before, most=2) for _ in range(3)] == [2, 1, 0]
        used = connection.execute(text("select n, first_at, last_at from roll_use")).one()
    assert tuple(used) == (2, NOW - timedelta(days=10), NOW)


def test_a_record_that_could_not_be_read_is_forgotten_and_its_place_is_not(app_engine: Engine) -> None:
    with app_engine.begin() as connection:
        connection.execute(
            text("""insert into rejected_record (account_id, origin, place, reason, rejected_at, content_hash, raw)
                    values (0, 's3://b/k', 'record 1', 'no eventID', :at, '', 'x'),
                           (0, 's3://b/k', 'record 2', 'no eventID', :now, '', 'y')"""),
            {"at": NOW - timedelta(days=30), "now": NOW},
        )
        assert [empty_rejected(connection, date(2021, 3, 1), most=1) for _ in range(2)] == [1, 0]
        rows = connection.execute(text("select place, raw from rejected_record order by place")).all()
    assert [(row.place, row.raw) for row in rows] == [("record 1", None), ("record 2", b"y")]
