"""Connections of the pool that broke: while they were used a moment ago, and while they lay there."""

import pytest
from sqlalchemy import Engine, text

from app.db import pool
from app.db.engine import create_engine

PID = text("SELECT pg_backend_pid()")


def test_it_replaces_a_connection_that_broke_in_the_pool(engine: Engine, postgres_url: str):
    with engine.connect() as connection:
        pid = connection.execute(PID).scalar_one()
    other = create_engine(postgres_url)
    with other.connect() as connection:
        connection.execute(text("SELECT pg_terminate_backend(:pid, 10000)"), {"pid": pid})
    other.dispose()

    with engine.connect() as connection:
        assert connection.execute(PID).scalar_one() != pid


def test_one_that_was_used_a_moment_ago_is_not_tried(engine: Engine):
    assert _last_asked(engine) == "ROLLBACK"


def test_one_that_lay_there_for_long_is_tried(engine: Engine, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pool, "RESTED_S", 0)
    assert _last_asked(engine) == ";"  # the ping of SQLAlchemy's dialect


def _last_asked(engine: Engine) -> str:
    """Return what a connection of the pool was asked last when it is taken out a second time."""
    with engine.connect() as watcher:
        with engine.connect() as connection:
            pid = connection.execute(PID).scalar_one()
        with engine.connect():
            query = text("select query from pg_stat_activity where pid = :pid")
            return str(watcher.execute(query, {"pid": pid}).scalar_one())
