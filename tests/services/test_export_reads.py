"""The reads of a statement as rows."""

from typing import Any

from sqlalchemy import Engine

from app.core.model.scope import EVERYTHING
from app.core.query.moment import iso
from app.services.export_reads import COLUMNS, NONE_STORED, read_rows
from app.services.make_statement import make_statement
from tests.builders.events import EVENT
from tests.builders.statement import END, HOUR, START, make_looked_at, make_reads, question, read_of

URL = "GetHLSStreamingSessionURL"


def _rows(engine: Engine, *reads: dict[str, Any]) -> list[dict[str, str | None]]:
    with engine.begin() as connection:
        row = make_looked_at(connection)
        make_reads(connection, *(read_of(row, n, **changes) for n, changes in enumerate(reads)))
        found = make_statement(connection, EVERYTHING, question(row))
    return [dict(zip(COLUMNS, cells, strict=True)) for cells in read_rows(found)]


def test_each_reader_is_a_row_with_what_is_stated_and_of_when(engine: Engine) -> None:
    url = {"action": URL, "url_expires_s": 300, "event_time": START + HOUR}
    rows = _rows(engine, {}, url, {"error_code": "AccessDeniedException"})
    assert [(row["list"], row["action"], row["outcome"]) for row in rows] == [
        ("read", URL, "ok"),
        ("read", "GetClip", "ok"),
        ("refused", "GetClip", "AccessDeniedException"),
    ]
    assert {(row["from"], row["to"], row["statement"], row["observable"]) for row in rows} == {
        (iso(START), iso(END), "2 reads", "100 %")
    }
    assert (rows[0]["first_at"], rows[0]["url_until"]) == ("2026-11-20T01:00Z", "2026-11-20T01:05Z")
    assert {(row["addresses"], row["key_kinds"], row["access_keys"]) for row in rows} == {
        (EVENT.address, "temporary key", EVENT.access_key)
    }
    assert (rows[0]["who"], rows[0]["who_kind"]) == ("unknown", "not observable")


def test_each_row_has_the_reasons_for_which_there_may_have_been_more(engine: Engine) -> None:
    keys = {"access_key": "ASIATWO"}, {"access_key": "ASIAONE", "stream": None}, {"access_key": "ASIAONE"}
    rows = _rows(engine, *keys)
    assert {(row["statement"], row["reasons"]) for row in rows} == {("2 reads", "1 read of its Region named no stream")}
    assert [(row["key_kinds"], row["access_keys"]) for row in rows] == [("2 temporary keys", "ASIAONE; ASIATWO")]


def test_nobody_is_a_row_that_says_whether_it_is_proven(engine: Engine) -> None:
    (row,) = _rows(engine)
    assert (row["list"], row["statement"], row["calls"]) == (NONE_STORED, "None, proven", None)
