from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl

import pytest
from sqlalchemy import Connection, Engine, text

from app.core.coverage.observe import ActionClass, ObservableState
from app.core.kvs.actions import ACTIONS
from app.core.matrix.cells import COLUMNS
from app.core.model.grant import Grant, Outcome
from app.core.model.scope import EVERYTHING
from app.core.model.trail import FieldSelector
from app.core.query.filter import Filter, parse
from app.core.query.listing import MATRIX
from app.db.queries.grants import store_matrix
from app.services.read_coverage import strips_over
from app.services.read_matrix import Matrix, read_matrix, strips_of_cell
from tests.builders.accounts import CLINIC, NOW, make_account
from tests.builders.calls import make_principal
from tests.builders.estate import DATA, MANAGEMENT, REGION, make_bucket_reader, make_inventory, make_trail, stream_of

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


DOOR, HALL = (f"arn:aws:kinesisvideo:{REGION}:{CLINIC}:stream/{name}/1" for name in ("door", "hall"))


@pytest.fixture
def named(engine: Engine) -> Any:
    """An account whose trail logs the media of one stream by its ARN, and the management calls."""
    by_arn = replace(DATA, fields=(*DATA.fields, FieldSelector("resources.ARN", equals=(DOOR,))))
    with engine.begin() as connection:
        make_account(connection)
        make_bucket_reader(connection)
        make_inventory(connection, CLINIC, (stream_of(DOOR, "door"), stream_of(HALL, "hall")))
        make_trail(connection, CLINIC, (by_arn, MANAGEMENT))
        held = {"Porter": (DOOR,), "Usher": (HALL,), "Guard": (DOOR, HALL)}
        grants = [Grant(f"{ROLE}{name}", "GetMedia", Outcome.ALLOW, arns) for name, arns in held.items()]
        manager = Grant(f"{ROLE}Manager", "DeleteStream", Outcome.ALLOW, (DOOR, HALL))
        store_matrix(connection, CLINIC, [*grants, manager], [], evaluator=1, inputs=b"x", now=NOW)
        yield connection


def letters(found: Matrix) -> dict[str, str]:
    return {row.principal.name: row.cells.strip(".") for row in found.rows}


def test_where_selectors_name_streams_a_grant_is_unused_if_each_of_its_streams_was_observed(named):
    assert letters(read(named)) == {"Guard": "B", "Manager": "G", "Porter": "G", "Usher": "B"}


def test_a_matrix_of_one_stream_has_the_answer_of_that_stream(named):
    assert letters(read(named, "stream=door")) == {"Guard": "G", "Manager": "G", "Porter": "G"}
    assert letters(read(named, "stream=hall")) == {"Guard": "B", "Manager": "G", "Usher": "B"}


def test_where_channels_were_never_listed_no_use_of_one_is_called_observable(named):
    named.execute(text("update part set state = 'denied', seen_at = null where part = 'channels'"))
    strips = strips_over(named, EVERYTHING, NOW - timedelta(days=1), NOW)
    assert [s.stretches[-1].state for s in strips if s.kind is ActionClass.SIGNALING] == [ObservableState.UNKNOWN]
    viewer = Grant(f"{ROLE}Viewer", "ConnectAsViewer", Outcome.ALLOW, (DOOR.replace(":stream/", ":channel/"),))
    store_matrix(named, CLINIC, [viewer], [], evaluator=1, inputs=b"y", now=NOW)
    (row,) = read(named).rows
    # What takes a channel may be granted on one that nobody has listed.
    expected = {name: "?" if ACTIONS[name].on_channel else "." for name in COLUMNS} | {"ConnectAsViewer": "B"}
    assert (row.principal.name, dict(zip(COLUMNS, row.cells, strict=True))) == ("Viewer", expected)


def test_a_cell_is_told_by_the_streams_that_it_holds_on(named):
    strips = strips_over(named, EVERYTHING, NOW - timedelta(days=1), NOW)
    get_media = ACTIONS["GetMedia"]

    def observed(*arns: str) -> list[float]:
        return [s.observed for s in strips_of_cell(named, EVERYTHING, strips, CLINIC, get_media, arns)]

    assert (observed(DOOR), observed(HALL), observed(DOOR, HALL)) == ([1], [0], [0])
