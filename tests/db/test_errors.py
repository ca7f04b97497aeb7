"""What is said of the database's troubles, in one line."""

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from app.db.engine import create_engine
from app.db.errors import in_one_line


def said(engine: Engine, statement: str) -> str:
    with pytest.raises(DBAPIError) as raised, engine.connect() as connection:
        connection.execute(text(statement))
    return in_one_line(raised.value)


def test_it_says_what_the_server_said_without_the_statement(engine: Engine) -> None:
    assert said(engine, "select 'secret'::int") == 'invalid input syntax for type integer: "secret"'
    assert said(engine, "select 1/0") == "division by zero"


def test_it_says_what_to_do_where_it_knows(engine: Engine) -> None:
    raised = "do $$ begin raise exception 'could not extend file' using errcode = '53100'; end $$"
    assert said(engine, raised).startswith("could not extend file (the disk is full: free some space")


def test_it_names_the_socket_where_no_server_is() -> None:
    nowhere = create_engine("postgresql+psycopg://me@/db?host=/nowhere")
    assert "/nowhere/.s.PGSQL.5432" in said(nowhere, "select 1")
