"""Which files were taken along."""

from datetime import timedelta

from sqlalchemy import Connection, Engine

from app.core.tally import Tally
from app.db.queries import exports
from tests.builders.accounts import NOW


def _begin(connection: Connection, name: str) -> int:
    return exports.begin(connection, actor="ada", listing="events", query="own=no", file_name=name, now=NOW)


def test_a_file_is_noted_when_it_begins_and_when_it_ends(app_engine: Engine) -> None:
    tally = Tally(rows=3)
    tally.take(b"abc")
    with app_engine.begin() as connection:
        number = _begin(connection, "one.csv")
        (begun,) = exports.exports(connection, None, 9)
        exports.end(connection, number, tally, is_complete=True, now=NOW + timedelta(seconds=2))
        (ended,) = exports.exports(connection, None, 9)
    assert (begun.is_complete, begun.rows, begun.ended_at, begun.query) == (None, None, None, "own=no")
    assert (ended.is_complete, ended.rows, ended.bytes, ended.sha256) == (True, 3, 3, tally.sha256)
    assert ended.ended_at == NOW + timedelta(seconds=2)


def test_they_are_listed_newest_first_and_go_on_by_number(app_engine: Engine) -> None:
    with app_engine.begin() as connection:
        first, second, third = (_begin(connection, name) for name in ("a", "b", "c"))
        assert [row.id for row in exports.exports(connection, None, 2)] == [third, second]
        assert [row.id for row in exports.exports(connection, second, 2)] == [first]
