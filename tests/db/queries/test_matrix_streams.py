from typing import Any
from urllib.parse import parse_qsl

import pytest
from sqlalchemy import Connection, Engine

from app.core.kvs.actions import ACTIONS
from app.core.model.grant import Grant, Outcome
from app.core.model.scope import EVERYTHING, Scope
from app.core.query.filter import parse
from app.core.query.listing import MATRIX
from app.db.queries.grants import store_matrix
from app.db.queries.matrix_streams import MatrixStreams, matrix_streams
from tests.builders.accounts import CLINIC, NOW, make_account
from tests.builders.calls import make_principal, make_stream, stream_arn

OTHER = 771400253968
ROLE = f"arn:aws:iam::{CLINIC}:role/Reader"


@pytest.fixture
def connection(engine: Engine) -> Any:
    with engine.begin() as connection:
        make_account(connection)
        yield connection


def read(connection: Connection, question: str = "", scope: Scope = EVERYTHING) -> MatrixStreams:
    return matrix_streams(connection, scope, parse(parse_qsl(question), MATRIX, NOW).filter)


def grant(connection: Connection, *grants: Grant) -> int:
    reader = make_principal(connection, "Reader")
    store_matrix(connection, CLINIC, grants, (), evaluator=1, inputs=b"x", now=NOW)
    return reader


def test_it_counts_streams_and_channels_that_an_action_takes(connection):
    for name in ("one", "two"):
        make_stream(connection, name)
    make_stream(connection, "door", kind="channel")
    make_stream(connection, "gone", removed_at=NOW)
    found = read(connection)
    taken = {name: found.taken(CLINIC, ACTIONS[name]) for name in ("GetMedia", "ConnectAsViewer", "TagResource")}
    assert taken == {"GetMedia": 2, "ConnectAsViewer": 1, "TagResource": 3}
    assert found.taken(OTHER, ACTIONS["GetMedia"]) == 0


def test_what_holds_on_all_of_them_is_left_out(connection):
    one, two = (stream_arn(connection, make_stream(connection, name)) for name in ("one", "two"))
    make_stream(connection, "door", kind="channel")
    reader = grant(
        connection,
        Grant(ROLE, "GetMedia", Outcome.ALLOW, (one, two)),
        Grant(ROLE, "GetClip", Outcome.ALLOW, (one,)),
        Grant(ROLE, "ListStreams", Outcome.ALLOW, ("*",)),
    )
    assert read(connection).some == {(CLINIC, reader): {("GetClip", Outcome.ALLOW): 1}}


def test_grants_that_differ_in_their_keys_alone_are_counted_together(connection):
    one, two, _ = (stream_arn(connection, make_stream(connection, name)) for name in ("one", "two", "three"))
    reader = grant(
        connection,
        Grant(ROLE, "GetMedia", Outcome.CONDITIONAL, (one,), ("aws:sourceip",)),
        Grant(ROLE, "GetMedia", Outcome.CONDITIONAL, (two,), ("aws:sourcevpc",)),
    )
    assert read(connection).some[CLINIC, reader] == {("GetMedia", Outcome.CONDITIONAL): 2}


def test_a_filter_on_streams_narrows_both_numbers(connection):
    one, two, three = (stream_arn(connection, make_stream(connection, name)) for name in ("one", "two", "three"))
    reader = grant(
        connection,
        Grant(ROLE, "GetMedia", Outcome.ALLOW, (one, three)),
        Grant(ROLE, "GetClip", Outcome.ALLOW, (three,)),
        Grant(ROLE, "GetImages", Outcome.ALLOW, (one, two)),
    )
    found = read(connection, "stream=one&stream=two")
    assert found.taken(CLINIC, ACTIONS["GetMedia"]) == 2
    assert found.some == {(CLINIC, reader): {("GetMedia", Outcome.ALLOW): 1}}


def test_nothing_is_told_of_accounts_out_of_scope(connection):
    one, _ = (stream_arn(connection, make_stream(connection, name)) for name in ("one", "two"))
    grant(connection, Grant(ROLE, "GetMedia", Outcome.ALLOW, (one,)))
    found = read(connection, scope=Scope(frozenset({OTHER})))
    assert (found.there, found.some) == ({}, {})
    assert read(connection, f"account={OTHER}").some == {}
