from typing import Any
from urllib.parse import parse_qsl

import pytest
from sqlalchemy import Connection, Engine

from app.core.model.grant import Grant, Outcome
from app.core.model.scope import EVERYTHING
from app.core.query.filter import Filter, parse
from app.core.query.listing import MATRIX
from app.db.queries.grants import store_matrix
from app.services.read_matrix import Matrix, read_matrix
from tests.builders.accounts import CLINIC, NOW, make_account
from tests.builders.calls import make_principal

ROLE = f"arn:aws:iam::{CLINIC}:role/"


def asked(question: str = "") -> Filter:
    return parse(parse_qsl(question), MATRIX, NOW).filter


@pytest.fixture
def connection(engine: Engine) -> Any:
    with engine.begin() as connection:
        make_account(connection)
        make_principal(connection, "Idle")
        grants = (
            *(Grant(f"{ROLE}Reader", action, Outcome.ALLOW, ("*",)) for action in ("GetMedia", "GetClip")),
            Grant(f"{ROLE}Camera", "PutMedia", Outcome.PER_DEVICE, ("*",)),
        )
        store_matrix(connection, CLINIC, grants, [], evaluator=1, inputs=b"x", now=NOW)
        yield connection


def read(connection: Connection, question: str = "") -> Matrix:
    return read_matrix(connection, EVERYTHING, asked(question))


def names(found: Matrix) -> list[str]:
    return [row.principal.name for row in found.rows]


def test_who_has_nothing_to_do_with_kvs_has_no_row(connection):
    assert names(read(connection)) == ["Camera", "Reader"]


def test_without_any_coverage_nothing_is_unused(connection):
    found = read(connection)
    cells = {row.principal.name: row.cells.strip(".") for row in found.rows}
    assert cells == {"Camera": "D", "Reader": "BB"}


def test_cells_stay_with_their_columns_when_columns_are_left_out(connection):
    found = read(connection, "action=PutMedia&action=GetClip")
    assert found.columns == ("GetClip", "PutMedia")
    assert {row.principal.name: row.cells for row in found.rows} == {"Camera": ".D", "Reader": "B."}


def test_a_row_without_a_cell_in_the_columns_left_is_no_row(connection):
    assert names(read(connection, "show=media")) == ["Reader"]
    assert names(read(connection, "action!=PutMedia&action~=media")) == ["Reader"]


def test_only_columns_that_tell_rows_apart_are_differences(connection):
    assert read(connection, "show=differences").columns == ("GetMedia", "GetClip", "PutMedia")
    assert read(connection, "show=differences&principal=Reader").columns == ()


def test_unused_needs_somebody_who_looked(connection):
    assert names(read(connection, "show=unused")) == []
