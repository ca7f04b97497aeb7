"""What one test does to the database, the next must not find."""

from collections.abc import Iterator
from functools import partial

import pytest
from sqlalchemy import event, text

from app.db.engine import create_engine
from tests.builders.lending import Lender
from tests.conftest import copied

PUT_BACK = (
    "insert into region (id, name) values (7, 'eu-north-1')",
    "update region set name = 'changed' where id = 0",
    "delete from principal",
    "insert into app_user (name, role, created_at) values ('late', 'viewer', now())",
    "select ensure_month('event', date '2026-11-01')",
)
ANOTHER_MADE = (
    "alter table worker add column more int",
    "alter table worker rename to workers",
    "drop table worker",
    "drop table principal",
    "create table more (id int)",
    "create index on worker (id)",
    "grant insert on event to kvswatch_read",
    "grant update (name) on region to kvswatch_read",
    "alter table worker alter column host set default 'x'",
    "alter table roll_day add constraint refuse check (n < 2)",
    "create function more() returns int language sql return 1",
    "create schema more",
    "analyze region",
    "do $$ begin execute format('alter database %I set jit = off', current_database()); end $$",
)


@pytest.fixture
def lender(postgres_url: str, template_url: str) -> Iterator[Lender]:
    """One of this test's own."""
    lender = Lender(partial(copied, postgres_url, template_url))
    yield lender
    lender.drop()


def run(lender: Lender, *statements: str) -> str:
    """Run statements on what is lent, and return its URL."""
    url = lender.lend()
    engine = lender.engine(url, None)
    assert engine is not None
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    return url


def contents(lender: Lender) -> list[list[str]]:
    """Return the rows of each table, and the next value of each sequence."""
    engine = lender.engine(lender.lend(), None)
    assert engine is not None
    with engine.begin() as connection:
        tables = connection.execute(text("select tablename from pg_tables where schemaname = 'public' order by 1"))
        asked = [f"select '{name}' || t::text from {name} t order by 1" for name in tables.scalars()]
        asked.append("select concat_ws(' ', sequencename, last_value) from pg_sequences order by 1")
        return [list(connection.execute(text(sql)).scalars()) for sql in asked]


def test_rows_months_and_sequences_are_put_back(lender: Lender) -> None:
    before = contents(lender)
    url = run(lender, *PUT_BACK)
    assert contents(lender) != before
    lender.take_back()
    assert lender.lend() == url
    assert contents(lender) == before


@pytest.mark.parametrize("statement", ANOTHER_MADE)
def test_after_any_other_change_another_database_is_lent(lender: Lender, statement: str) -> None:
    url = run(lender, statement)
    lender.take_back()
    assert lender.lend() != url


def test_a_session_that_was_left_open_keeps_no_later_test_from_its_database(lender: Lender) -> None:
    url = lender.lend()
    other = create_engine(url)
    with other.connect():
        lender.take_back()
        assert lender.lend() != url
    other.dispose()


def test_a_transaction_that_was_left_open_keeps_no_later_test_from_its_database(lender: Lender) -> None:
    url = lender.lend()
    engine = lender.engine(url, None)
    assert engine is not None
    with engine.connect() as connection:
        connection.execute(text("lock table worker"))
        lender.take_back()
        assert lender.lend() != url
        connection.invalidate()


def test_what_listens_to_one_engine_hears_nothing_of_the_next(lender: Lender) -> None:
    heard: list[str] = []
    first = lender.engine(lender.lend(), None)
    assert first is not None
    event.listen(first, "before_cursor_execute", lambda *asked: heard.append(asked[2]))
    with first.connect() as connection:
        connection.execute(text("select 1"))
    run(lender, "select 2")
    assert heard == ["select 1"]
