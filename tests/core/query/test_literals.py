import re
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, text

from app.core.query.literals import literal, one_line, quoted_text

HOSTILE = [
    "'",
    "''",
    "\\",
    "\\'; drop table event; --",
    "U&'",
    "a\nb",
    "\u202e",
    "--\r\n",
    "\x1b[2J",
    "ä猫",
    "",
    "\u2028;",
]
AN_ID = UUID("6f0b2f1e-93c1-4d0a-9d52-0f4b1a77c3e9")


def read(connection: Connection, sql: str) -> object:
    return connection.connection.execute(sql).fetchone()[0]  # without parameters: % and : are themselves


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30))
def test_a_literal_is_of_one_line_and_ends_where_its_text_does(value):
    made = quoted_text(value)
    assert re.fullmatch(r"(?:U&)?'(?:[^'\x00-\x1f\x7f\u2028\u2029\u202a-\u202e]|'')*'", made)


def test_postgres_reads_back_what_was_written(engine: Engine):
    with engine.connect() as connection:
        for value in HOSTILE:
            assert read(connection, f"select {literal(value)}::text") == value
            assert read(connection, f"select {literal([value, 'b'])}::text[]") == [value, "b"]


def test_numbers_times_ids_and_empty_lists_are_read_back(engine: Engine):
    at = datetime(2026, 11, 23, 5, 12, 44, 5, tzinfo=timezone(timedelta(hours=2)))
    with engine.connect() as connection:
        for value in (7, True, at, AN_ID, [1, 2]):
            assert read(connection, f"select {literal(value)}") == value
        assert connection.execute(text(f"select 1 = any({literal([])})")).scalar_one() is False
    assert literal(at) == f"timestamptz '{at.astimezone(UTC).isoformat()}'"


def test_what_has_no_literal_is_refused():
    with pytest.raises(TypeError, match="no literal for float"):
        literal(1.5)


def test_a_comment_stays_a_comment():
    assert one_line("a\nb\u202ec") == "a\ufffdb\ufffdc"
