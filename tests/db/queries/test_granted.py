"""What is granted, kept until an account is evaluated again."""

import pytest
from sqlalchemy import Connection, Engine, event

from app.core.matrix.cells import BIT
from app.core.model.grant import Grant, Outcome
from app.core.model.scope import EVERYTHING, Scope
from app.db.queries import granted
from app.db.queries.granted import NOTHING, ByPrincipal, granted_now
from app.db.queries.grants import store_matrix
from tests.builders.accounts import CLINIC, NOW
from tests.builders.calls import make_principal
from tests.builders.questions import asked

OTHER = 771400253968
ALLOW = list(Outcome).index(Outcome.ALLOW)


def evaluate(connection: Connection, *actions: str, account: int = CLINIC) -> None:
    """Store what a role may do: each time at the same moment, from the same inputs."""
    arn = f"arn:aws:iam::{account}:role/Analyst"
    grants = [Grant(arn, action, Outcome.ALLOW, ("*",)) for action in actions]
    store_matrix(connection, account, grants, (), evaluator=1, inputs=b"x", now=NOW)


def now(connection: Connection, scope: Scope = EVERYTHING, question: str = "") -> ByPrincipal:
    return granted_now(connection, scope, asked(question), None, None)


def test_grants_that_were_stored_anew_are_told_at_once(connection: Connection) -> None:
    role = make_principal(connection, "Analyst")
    evaluate(connection, "GetMedia")
    assert now(connection)[CLINIC, role][0][ALLOW] == BIT["GetMedia"]
    evaluate(connection, "GetClip")
    assert now(connection)[CLINIC, role][0][ALLOW] == BIT["GetClip"]
    evaluate(connection)
    assert now(connection).get((CLINIC, role), NOTHING) == NOTHING


def test_what_was_rolled_back_is_told_no_longer(engine: Engine) -> None:
    with engine.connect() as connection:
        role = make_principal(connection, "Analyst")
        evaluate(connection, "GetMedia")
        connection.commit()
        evaluate(connection, "DeleteStream")
        assert now(connection)[CLINIC, role][0][ALLOW] == BIT["DeleteStream"]
        connection.rollback()
        assert now(connection)[CLINIC, role][0][ALLOW] == BIT["GetMedia"]


def test_what_is_kept_of_an_account_is_out_of_the_scope_of_others(connection: Connection) -> None:
    roles = {account: make_principal(connection, "Analyst", account) for account in (CLINIC, OTHER)}
    for account in roles:
        evaluate(connection, "GetMedia", account=account)
    assert set(now(connection)) == set(roles.items())
    assert set(now(connection, Scope(frozenset({OTHER})))) == {(OTHER, roles[OTHER])}
    assert set(now(connection, question=f"account={CLINIC:012d}")) == {(CLINIC, roles[CLINIC])}


@pytest.mark.parametrize("most", [1, 2])
def test_only_accounts_that_are_not_kept_are_read(
    connection: Connection, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(granted, "MOST_KEPT", most)
    for account in (CLINIC, OTHER):
        make_principal(connection, "Analyst", account)
        evaluate(connection, "GetMedia", account=account)
    asked_for: list[str] = []
    event.listen(connection, "before_cursor_execute", lambda *told: asked_for.append(told[2]))
    first, again = now(connection), now(connection)
    assert first == again
    assert sum("access_grant" in statement for statement in asked_for) == (1 if most > 1 else 2)
