"""The audit log in Postgres: chained in the transaction of the change it tells of."""

from datetime import UTC, datetime

from sqlalchemy import Engine

from app.core.audit import breaks
from app.db.queries import audit

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def append(engine: Engine, actor: str) -> None:
    with engine.begin() as connection:
        audit.append(connection, actor=actor, action="mute", subject="finding:1", detail={"why": actor}, now=NOW)


def test_what_it_reads_back_is_what_was_chained(app_engine: Engine) -> None:
    append(app_engine, "ada")
    append(app_engine, "ben")
    with app_engine.connect() as connection:
        log = list(audit.entries(connection))
    assert [stored.entry.actor for stored in log] == ["ada", "ben"]
    assert list(breaks(log)) == []


def test_a_change_that_is_rolled_back_leaves_no_entry(app_engine: Engine) -> None:
    with app_engine.connect() as connection, connection.begin() as change:
        audit.append(connection, actor="ada", action="mute", subject="finding:1", detail={}, now=NOW)
        change.rollback()
    with app_engine.connect() as connection:
        assert list(audit.entries(connection)) == []
