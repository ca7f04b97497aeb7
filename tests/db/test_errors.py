"""What is said of the database's troubles, in one line."""

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from app.db.engine import create_engine
from app.db.errors import in_one_line, is_locked, is_passing, is_servers


def error_of(engine: Engine, statement: str) -> DBAPIError:
    with pytest.raises(DBAPIError) as raised, engine.connect() as connection:
        connection.execute(text(statement))
    return raised.value


def said(engine: Engine, statement: str) -> str:
    return in_one_line(error_of(engine, statement))


def test_it_says_what_the_server_said_without_the_statement(engine: Engine) -> None:
    assert said(engine, "select 'secret'::int") == 'invalid input syntax for type integer: "secret"'
    assert said(engine, "select 1/0") == "division by zero"


def test_it_says_what_to_do_where_it_knows(engine: Engine) -> None:
    raised = "do $$ begin raise exception 'could not extend file' using errcode = '53100'; end $$"
    assert said(engine, raised).startswith("could not extend file (the disk is full: free some space")


def test_it_names_the_socket_where_no_server_is() -> None:
    nowhere = create_engine("postgresql+psycopg://me@/db?host=/nowhere")
    assert "/nowhere/.s.PGSQL.5432" in said(nowhere, "select 1")


def test_a_server_that_is_gone_is_passing(engine: Engine) -> None:
    assert is_passing(error_of(engine, "select pg_terminate_backend(pg_backend_pid())"))
    assert is_passing(error_of(create_engine("postgresql+psycopg://me@/db?host=/nowhere"), "select 1"))


@pytest.mark.parametrize("state", ["53100", "55P03", "57014", "23505"])
def test_what_the_server_refuses_stays_refused(engine: Engine, state: str) -> None:
    raised = f"do $$ begin raise exception 'no' using errcode = '{state}'; end $$"
    assert not is_passing(error_of(engine, raised))


def test_two_transactions_in_each_others_way_are_worth_another_try(engine: Engine) -> None:
    assert is_passing(error_of(engine, "do $$ begin raise exception 'deadlock' using errcode = '40P01'; end $$"))


def test_a_lock_that_was_not_had_in_time_is_told_from_other_troubles(engine: Engine) -> None:
    assert is_locked(error_of(engine, "do $$ begin raise exception 'locked' using errcode = '55P03'; end $$"))
    assert not is_locked(error_of(engine, "select 1/0"))


def test_a_defect_of_ours_is_not_the_servers(engine: Engine) -> None:
    assert not is_servers(error_of(engine, "select nothing from nowhere"))
    assert is_servers(error_of(engine, "set transaction read only; create table t ()"))
