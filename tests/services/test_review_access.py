"""An access review of one stream."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from app.core.matrix.cells import Cell
from app.core.model.grant import Held, Outcome
from app.core.model.scope import EVERYTHING, Scope
from app.db.queries.statement import read_calls
from app.services.review_access import review_access
from tests.builders.accounts import NOW
from tests.builders.events import change, event
from tests.builders.review import CREATED, ROLE, make_reviewed
from tests.builders.statement import START, make_reads, question, read_of


def test_it_lists_who_may_and_who_did_though_it_may_not_any_more(engine: Engine) -> None:
    with engine.begin() as connection:
        found = review_access(connection, EVERYTHING, question(make_reviewed(connection)))
    lines = {line.principal.name: line for line in found.lines}
    assert list(lines) == ["Analyst", "Former", "Filmer"]
    assert lines["Analyst"].may == {"view": ("GetClip",), "write": (), "delete": ()}
    assert lines["Analyst"].view == Held(Outcome.CONDITIONAL, ("aws:sourceip",))
    assert lines["Filmer"].may == {"view": (), "write": ("PutMedia",), "delete": ()}
    assert (lines["Former"].is_gone, lines["Former"].reads, lines["Former"].refused) == (True, 1, 1)
    assert lines["Former"].cells["GetClip"] is Cell.GONE
    assert found.is_evaluated


@pytest.mark.parametrize(("days", "is_there"), [(90, True), (30, False)])
def test_who_used_it_is_asked_of_the_range_of_the_review(engine: Engine, days: int, *, is_there: bool) -> None:
    with engine.begin() as connection:
        row = make_reviewed(connection)
        long_ago = replace(event().actor, principal=f"{ROLE}/Long")
        make_reads(connection, read_of(row, 2, actor=long_ago, event_time=NOW - timedelta(days=60)))
        asked = replace(question(row), start=NOW - timedelta(days=days), end=NOW)
        found = review_access(connection, EVERYTHING, asked)
    cells = {line.principal.name: line.cells["GetClip"] for line in found.lines if line.reads}
    assert cells == {"Former": Cell.GONE} | ({"Long": Cell.GONE} if is_there else {})


def test_the_newest_change_is_that_of_the_role_or_of_a_policy_that_it_carries(engine: Engine) -> None:
    with engine.begin() as connection:
        row = make_reviewed(connection)
    with engine.begin() as connection:
        make_reads(
            connection,
            change(10, "PutRolePolicy", "role/analyst", event_time=START),
            change(11, "CreatePolicyVersion", "arn:aws:iam::aws:policy/p", event_time=START + timedelta(hours=1)),
            change(12, "PutRolePolicy", "role/analyst", event_time=NOW, error_code="AccessDenied"),
        )
        found = review_access(connection, EVERYTHING, question(row))
    lines = {line.principal.name: line for line in found.lines}
    newest = lines["Analyst"].change
    assert newest is not None
    assert (newest.action, newest.key.event_time) == ("CreatePolicyVersion", START + timedelta(hours=1))
    assert (lines["Former"].change, lines["Former"].created_at) == (None, None)
    assert lines["Analyst"].created_at == CREATED


def test_whoever_read_once_is_not_lost_behind_those_with_many_keys(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with engine.begin() as connection:
        row = make_reviewed(connection)
        many = [
            read_of(row, 20 + n, access_key=f"ASIA{n // 2}", actor=replace(event().actor, principal=f"{ROLE}/Many"))
            for n in range(8)
        ]
        make_reads(connection, *many)
        whole = review_access(connection, EVERYTHING, question(row))
        monkeypatch.setattr(read_calls, "__defaults__", (None, 3))
        found = review_access(connection, EVERYTHING, question(row))
    assert found.statement.is_cut
    assert [(one.reads, one.refused, one.last_read_at) for one in found.lines] == [
        (one.reads, one.refused, one.last_read_at) for one in whole.lines
    ]


def test_nothing_of_an_account_out_of_scope_is_told(engine: Engine) -> None:
    with engine.begin() as connection:
        found = review_access(connection, Scope(frozenset({1})), question(make_reviewed(connection)))
    assert (found.lines, found.is_evaluated) == ((), False)
