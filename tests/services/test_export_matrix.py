"""The access matrix as a file."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Connection, Engine, text

from app.core.errors import InvalidInput
from app.core.model.grant import Grant, Outcome
from app.core.model.scope import EVERYTHING, Scope
from app.core.query.filter import parse
from app.core.query.listing import MATRIX
from app.db.queries.grants import store_matrix
from app.services.export_matrix import NO_STREAM, table
from tests.builders.accounts import CLINIC, NOW, make_account
from tests.builders.calls import make_calls, make_principal, make_stream, stream_arn

ROLE = f"arn:aws:iam::{CLINIC}:role/Analyst"


def _file(connection: Connection, scope: Scope = EVERYTHING, **asked: str) -> list[dict[str, str | None]]:
    columns, rows = table(connection, scope, parse(asked.items(), MATRIX, NOW).filter)
    return [dict(zip(columns, row, strict=True)) for row in rows]


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    """A role that may read one of two streams, read the other one, and may list both."""
    with engine.connect() as connection:
        make_account(connection)
        who = make_principal(connection, "Analyst")
        door, hall = make_stream(connection, "door"), make_stream(connection, "hall")
        grants = [
            Grant(ROLE, "GetMedia", Outcome.ALLOW, (stream_arn(connection, door),)),
            Grant(ROLE, "ListStreams", Outcome.ALLOW, ("*",)),
        ]
        store_matrix(connection, CLINIC, grants, [], evaluator=1, inputs=b"x", now=NOW)
        make_calls(connection, "GetClip", 2, principal_id=who, stream_id=hall)
        yield connection


def test_a_principal_is_a_line(connection: Connection) -> None:
    (line,) = _file(connection)
    assert (line["principal"], line["GetMedia"], line["GetClip"], line["PutMedia"]) == (
        ROLE, "granted, use not observable", "used, no longer granted", "not granted",
    )  # fmt: skip


def _who(connection: Connection) -> int:
    return int(connection.execute(text("select id from principal where arn = :arn"), {"arn": ROLE}).scalar_one())


def test_behind_the_states_stand_uses_and_conditions(connection: Connection) -> None:
    make_calls(connection, "GetMedia", 3, NOW - timedelta(days=2), principal_id=_who(connection))
    allowed = Grant(ROLE, "GetMedia", Outcome.CONDITIONAL, ("*",), ("aws:principaltag/a b", "aws:sourceip"))
    store_matrix(connection, CLINIC, [allowed], [], evaluator=1, inputs=b"y", now=NOW)
    (line,) = _file(connection)
    said = "2 since 2026-11-23, last 2026-11-23T09:41Z"
    assert line["uses"] == f"GetMedia 3 since 2026-11-21, last 2026-11-21T09:41Z; GetClip {said}"
    assert line["conditions"] == "GetMedia: aws:principaltag/a b, aws:sourceip"
    (narrowed,) = _file(connection, action="GetClip")
    assert (narrowed["uses"], narrowed["conditions"]) == (f"GetClip {said}", "")
    assert [one["uses"] for one in _file(connection, principal=ROLE, view="streams", action="GetClip")] == [
        "GetClip 2 since 2026-11-23, last 2026-11-23"
    ]


def test_of_one_principal_a_stream_is_a_line_and_so_are_the_calls_that_name_none(connection: Connection) -> None:
    lines = _file(connection, principal="Analyst", view="streams")
    assert [(line["account"], line["account_name"], line["principal"]) for line in lines] == [
        (str(CLINIC), "clinic-video", ROLE)
    ] * 3
    assert [(line["name"], line["region"], line["kind"]) for line in lines] == [
        ("door", "eu-central-1", "stream"), ("hall", "eu-central-1", "stream"), ("", "", ""),
    ]  # fmt: skip
    assert [line["stream"] for line in lines][2] == NO_STREAM
    assert [(line["GetMedia"], line["GetClip"], line["ListStreams"]) for line in lines] == [
        ("granted, use not observable", "not granted", "not granted"),
        ("not granted", "used, no longer granted", "not granted"),
        ("not granted", "not granted", "granted, use not observable"),
    ]
    assert {"PutMedia", "DeleteStream"}.isdisjoint(lines[0])


def test_the_filter_holds_for_streams_too(connection: Connection) -> None:
    lines = _file(connection, principal=ROLE, view="streams", action="GetMedia")
    assert [(line["name"], line["GetMedia"]) for line in lines] == [("door", "granted, use not observable")]


@pytest.mark.parametrize(
    ("asked", "why"),
    [({}, "needs one principal"), ({"principal": "nobody"}, "needs one principal"), ({"at": "now-1d"}, "present only")],
)
def test_a_question_without_one_principal_of_now_is_refused(
    connection: Connection, asked: dict[str, str], why: str
) -> None:
    with pytest.raises(InvalidInput, match=f"view=streams .*{why}"):
        _file(connection, view="streams", **asked)


def test_a_stranger_s_principal_is_nobody(connection: Connection) -> None:
    with pytest.raises(InvalidInput, match="needs one principal"):
        _file(connection, Scope(frozenset({1})), principal=ROLE, view="streams")
