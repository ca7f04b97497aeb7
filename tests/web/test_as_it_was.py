from dataclasses import replace

import pytest
from sqlalchemy import Connection, Engine

from app.core.model.scope import EVERYTHING
from app.db.queries.principal_pages import PrincipalRow, ids_of, principal_row
from app.db.queries.stream_pages import StreamRow, stream_row
from app.services.look_back import look_back
from app.web.as_it_was import principal_then, stream_then
from tests.builders.accounts import CLINIC, NOW
from tests.builders.past import BEFORE, CHANGED, FIRST, GATE, GONE, NEW, THEN, YARD, make_past


@pytest.fixture
def connection(engine: Engine) -> Connection:
    make_past(engine)
    with engine.connect() as connection:
        yield connection


def stream(connection: Connection, arn: str) -> StreamRow:
    ident = connection.exec_driver_sql("select id from stream where arn = %s", (arn,)).scalar_one()
    row = stream_row(connection, EVERYTHING, ident)
    assert row is not None
    return row


def principal(connection: Connection, arn: str) -> PrincipalRow:
    row = principal_row(connection, EVERYTHING, ids_of(connection, EVERYTHING, [arn])[arn])
    assert row is not None
    return row


def test_a_stream_has_the_settings_and_tags_that_it_had(connection: Connection) -> None:
    then = look_back(connection, EVERYTHING, CLINIC, THEN)
    gate, yard = (stream_then(stream(connection, arn), then) for arn in (GATE, YARD))
    assert (gate.absence, gate.row.tags, gate.row.retention_hours) == ("", {"site": "north"}, 24)
    assert (yard.absence, yard.row.removed_at, yard.row.seen_at) == ("", None, FIRST)
    assert stream(connection, YARD).removed_at == CHANGED


def test_as_of_now_a_row_is_that_of_now(connection: Connection) -> None:
    now, live = look_back(connection, EVERYTHING, CLINIC, NOW), stream(connection, GATE)
    assert stream_then(live, now).row == replace(live, seen_at=CHANGED)


def test_what_was_not_there_is_told_from_what_nobody_had_read(connection: Connection) -> None:
    now, then, before = (look_back(connection, EVERYTHING, CLINIC, at) for at in (NOW, THEN, BEFORE))
    yard, new, gone = stream(connection, YARD), principal(connection, NEW), principal(connection, GONE)
    assert stream_then(yard, now).absence == "not there then, by the listing of its Region"
    assert stream_then(yard, before).absence == "not known then: its Region was not listed"
    assert principal_then(new, then).absence == "not there then, by the listing of IAM"
    assert principal_then(new, before).absence == "not known then: IAM was not read"
    assert principal_then(new, None).absence == "not known then: IAM was not read"
    was = principal_then(gone, then)
    assert (was.absence, was.row.removed_at, was.row.listed_at) == ("", None, FIRST)
