"""Who is at work: entered, heard of, stopped; whoever was killed stays listed."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from app.db.queries import workers

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def test_it_lists_who_did_not_say_that_they_stopped_the_last_heard_of_first(app_engine: Engine) -> None:
    with app_engine.begin() as connection:
        for name in ("quiet", "gone", "alive"):
            workers.enter(connection, name, "host", 1, "0.1.0", NOW)
        workers.beat(connection, "alive", NOW + timedelta(minutes=1))
        workers.stop(connection, "gone", NOW)
        found = workers.running(connection)
    assert [(worker.id, worker.heartbeat_at) for worker in found] == [
        ("alive", NOW + timedelta(minutes=1)),
        ("quiet", NOW),
    ]
