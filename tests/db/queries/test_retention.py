"""What retention writes down, and its deletions in batches."""

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
