"""Which statements a connection keeps, and for how long."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, Engine, text

from app.core.model.scope import Scope
from app.core.query.filter import parse
from app.core.query.listing import EVENTS
from app.db.engine import at_most, create_engine, read_only
from app.db.errors import TooSlow
from app.db.prepared import hangs_on_values
from app.db.queries import rollups, shell
from app.db.tables import event, event_raw, metadata

NOW = datetime(2026, 6, 13, 12, tzinfo=UTC)
KEPT = text("select count(*) from pg_prepared_statements where statement like :what")
ASKED = text("select name from saved_view where owner = :owner")
OF_CALLS = text("select count(*) from event where principal_id = :one")


@pytest.fixture
def fresh(database_url: str) -> Iterator[Engine]:
    """An engine whose connections nobody has asked anything."""
    engine = create_engine(database_url, role="kvswatch_read")
    yield engine
    engine.dispose()


def _kept(connection: Connection, what: str) -> int:
    return int(connection.execute(KEPT, {"what": f"{what}%"}).scalar_one())


def test_the_next_page_need_not_have_its_statements_planned(fresh: Engine):
    for _page in range(2):
        with read_only(fresh) as connection:
            shell.account_names(connection, Scope())
            connection.execute(ASKED, {"owner": "ada"})
    with read_only(fresh) as connection:
        assert _kept(connection, "select account_id, name from account") == 1
        assert _kept(connection, "select name from saved_view") == 1


def test_calls_are_planned_for_the_values_that_are_asked_for(fresh: Engine):
    with read_only(fresh) as connection:
        for principal in range(10):
            connection.execute(OF_CALLS, {"one": principal})
        assert _kept(connection, "select count(*) from event") == 0


def test_statements_are_kept_over_one_that_is_given_less_time(fresh: Engine):
    with read_only(fresh) as connection:
        for _time in range(2):
            with at_most(connection, 1):
                connection.execute(ASKED, {"owner": "ada"})
        assert _kept(connection, "select name from saved_view") == 1


def test_they_are_made_anew_after_one_that_took_too_long(fresh: Engine):
    for _page in range(2):
        with read_only(fresh) as connection:
            for _time in range(3):
                assert connection.execute(ASKED, {"owner": "ada"}).all() == []
            with pytest.raises(TooSlow), at_most(connection, 0.01):
                connection.execute(text("select pg_sleep(30)"))
            assert connection.execute(ASKED, {"owner": "ada"}).all() == []


@pytest.mark.parametrize("table", [event.name, event_raw.name, *(name for name in metadata.tables if "roll_" in name)])
def test_no_table_that_grows_with_the_calls_is_asked_by_one_plan_for_all_values(table: str):
    assert hangs_on_values(f"select 1 from {table} t where t.account_id = :account")


def test_our_own_calls_and_corrections_are_asked_by_one_plan(fresh: Engine):
    query = parse([("principal", "camera-1")], EVENTS, NOW).filter
    for _page in range(2):
        with read_only(fresh) as connection:
            assert rollups.own_calls(connection, Scope(), query, 10) == 0
            assert rollups.superseded(connection, Scope(), query) == 0
    with read_only(fresh) as connection:
        assert _kept(connection, "select count(*) from (select 1 from event") == 1
        assert _kept(connection, "with corrected") == 1


def test_a_column_that_is_called_like_a_table_is_none():
    assert not hangs_on_values("select event_time from addendum")


def test_rows_that_are_taken_in_turn_are_asked_for_as_ever(fresh: Engine):
    statement = text("select 1 from event").execution_options(stream_results=True, yield_per=10)
    with read_only(fresh) as connection:
        assert connection.execute(statement).all() == []
