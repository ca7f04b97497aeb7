from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from app.db.queries.ingest import EventStore, Stored
from app.db.queries.stored_sessions import store_sessions
from tests.builders.stored import arrival, one, rows
from tests.builders.trail import ACCOUNT, assume_role_record
from tests.builders.waiting import eventually

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)


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


def test_a_session_that_is_known_is_left_and_the_others_of_its_batch_are_stored(app_engine):
    store = EventStore(app_engine)
    store.store([arrival(assume_role_record(1))], now=NOW)
    both = store.store([arrival(assume_role_record(1), assume_role_record(2))], now=NOW)
    assert both == Stored(sessions=1, duplicate_sessions=1)
    assert rows(app_engine, "select count(*) from issued_session") == [(2,)]


def test_what_another_writer_is_about_to_store_is_waited_for_and_stored_once(engine, app_engine):
    EventStore(app_engine).store([arrival(assume_role_record(0))], now=NOW)
    mine = EventStore(app_engine).prepare([arrival(assume_role_record(1), assume_role_record(2))], now=NOW)
    with ThreadPoolExecutor(1) as pool, app_engine.connect() as connection:
        store_sessions(connection, mine.sessions, NOW)
        records = assume_role_record(2), assume_role_record(3)
        theirs = pool.submit(EventStore(app_engine).store, [arrival(*records, origin="lookup_events")], now=NOW)
        waiting = (
            "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
        )
        assert eventually(lambda: one(engine, waiting) == 1)
        connection.commit()
        assert theirs.result(20) == Stored(sessions=1, duplicate_sessions=1)
    assert rows(app_engine, "select count(*) from issued_session") == [(4,)]
