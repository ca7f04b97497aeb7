"""An installation is named once."""

from datetime import UTC, datetime

from sqlalchemy import Engine

from app.db.queries.install import Install, settle

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def test_it_keeps_the_names_that_were_settled_first(app_engine: Engine) -> None:
    with app_engine.begin() as connection:
        first = settle(connection, Install("a1", "one"), NOW)
        again = settle(connection, Install("b2", "two"), NOW)
    assert first == again == Install("a1", "one")
