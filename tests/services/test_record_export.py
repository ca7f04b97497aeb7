"""A file on its way, noted."""

from collections.abc import Generator

import pytest
from sqlalchemy import Engine, text

from app.core.query.filter import parse
from app.core.query.listing import EVENTS
from app.core.tally import Tally
from app.db.queries import exports
from app.db.queries.exports import ExportRow
from app.services.record_export import Recorder, Taken
from tests.builders.accounts import NOW

FILE = Taken.of(parse([("action", "GetClip")], EVENTS, NOW).filter, "one.csv")


def _made(closed: list[str], *, fails: bool = False) -> Generator[bytes, None, None]:
    try:
        yield b"a\n"
        if fails:
            raise LookupError("the database is away")
        yield b"b\n"
    finally:
        closed.append("closed")


def _row(engine: Engine) -> ExportRow:
    with engine.connect() as connection:
        (row,) = exports.exports(connection, None, 9)
    return row


def test_a_whole_file_is_complete_and_in_the_audit_log(engine: Engine, app_engine: Engine) -> None:
    closed: list[str] = []
    recorder = Recorder(app_engine, "ada", lambda: NOW)
    assert b"".join(recorder.recorded(_made(closed), FILE, Tally(rows=2))) == b"a\nb\n"
    row = _row(engine)
    assert (row.is_complete, row.rows, row.bytes, row.actor, closed) == (True, 2, 4, "ada", ["closed"])
    with engine.connect() as connection:
        (entry,) = connection.execute(text("select actor, action, detail from audit"))
    assert (entry.actor, entry.action, entry.detail) == (
        "ada",
        "export",
        {"file": "one.csv", "query": "action=GetClip"},
    )


def test_a_reader_who_leaves_gets_a_cut_file(engine: Engine, app_engine: Engine) -> None:
    closed: list[str] = []
    chunks = Recorder(app_engine, "ada", lambda: NOW).recorded(_made(closed), FILE, Tally())
    assert next(chunks) == b"a\n"
    assert _row(engine).is_complete is None
    chunks.close()
    assert (_row(engine).is_complete, _row(engine).bytes, closed) == (False, 2, ["closed"])


def test_a_file_that_breaks_off_is_cut(engine: Engine, app_engine: Engine) -> None:
    recorder = Recorder(app_engine, "ada", lambda: NOW)
    with pytest.raises(LookupError):
        list(recorder.recorded(_made([], fails=True), FILE, Tally()))
    assert _row(engine).is_complete is False
