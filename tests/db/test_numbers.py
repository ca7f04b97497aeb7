"""Lists as the server reads them: of whole numbers, and of what is not."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.types.array import ListDumper
from sqlalchemy import Engine, text

LARGEST = 2**63 - 1


def returned(engine: Engine, given: list[object], kind: str) -> object:
    with engine.connect() as connection:
        return connection.execute(text(f"select cast(:given as {kind}[])"), {"given": given}).scalar_one()


@given(st.lists(st.none() | st.integers(-LARGEST, LARGEST)))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
def test_the_server_reads_numbers_as_they_were_given(engine: Engine, numbers: list[object]):
    assert returned(engine, numbers, "bigint") == numbers


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("text", ["1", "NULL", 'a"b', "{", "", "\\"]),
        ("boolean", [True, False, None]),
        ("integer", [[1, 2], [3, 4]]),
        ("double precision", [1.5, 2.0]),
        ("smallint", []),
    ],
)
def test_the_server_reads_other_lists_as_they_were_given(engine: Engine, kind: str, values: list[object]):
    assert returned(engine, values, kind) == values


def test_numbers_are_not_taken_one_by_one(engine: Engine, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delattr(ListDumper, "_dump_list")
    assert returned(engine, [1, 2, 3], "integer") == [1, 2, 3]
