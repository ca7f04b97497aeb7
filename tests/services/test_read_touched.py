import pytest
from sqlalchemy import Engine

from app.core.model.grant import Grant, Outcome
from app.core.model.principal import Iam, Principal, PrincipalKind
from app.core.model.scope import EVERYTHING, Scope
from app.db.queries.grants import store_matrix
from app.db.queries.snapshots import store_part
from app.services.read_touched import touched_by
from tests.builders.accounts import CLINIC, NOW, make_account, make_part
from tests.builders.calls import make_principal, make_stream, stream_arn

POLICY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
BOUNDARY = f"arn:aws:iam::{CLINIC:012d}:policy/Boundary"


def principal(name: str, kind: PrincipalKind, **changes: object) -> Principal:
    return Principal(f"arn:aws:iam::{CLINIC:012d}:{kind}/{name}", kind, name, "/", name, NOW, **changes)


@pytest.fixture
def clinic(engine: Engine) -> Engine:
    with engine.begin() as connection:
        make_account(connection)
        stream = stream_arn(connection, make_stream(connection, "ward-1"))
        iam = (
            principal("Reader", PrincipalKind.ROLE, attached=(POLICY,)),
            principal("Idle", PrincipalKind.ROLE, attached=(POLICY,), boundary=BOUNDARY),
            principal("ann", PrincipalKind.USER, groups=("Guards",)),
            principal("Guards", PrincipalKind.GROUP, attached=(POLICY,)),
        )
        make_principal(connection, "Reader")
        make_principal(connection, "Idle")
        make_principal(connection, "ann", kind="user")
        store_part(connection, CLINIC, "iam", "", Iam(iam, ()), NOW)
        make_part(connection, "streams", region="eu-central-1")
        grant = Grant(iam[0].arn, "GetMedia", Outcome.ALLOW, (stream,), ())
        store_matrix(connection, CLINIC, [grant], [], evaluator=1, inputs=b"", now=NOW)
    return engine


@pytest.mark.parametrize(
    ("targets", "found"),
    [
        (["role/reader"], [("Reader", 1)]),
        (["role/idle"], [("Idle", 0)]),
        ([POLICY.lower()], [("Reader", 1), ("Idle", 0)]),
        ([BOUNDARY.lower()], [("Idle", 0)]),
        (["group/guards"], [("ann", 0)]),
        (["user/nobody"], []),
        ([], []),
    ],
    ids=["by name", "may nothing", "by policy", "by boundary", "by group", "unknown", "no target"],
)
def test_a_change_touches_whom_it_names_and_who_carries_what_it_names(clinic: Engine, targets, found):
    with clinic.connect() as connection:
        touched = touched_by(connection, EVERYTHING, CLINIC, targets)
    assert [(one.arn.rpartition("/")[2], one.may.granted) for one in touched] == found


def test_nobody_outside_of_the_scope_is_told(clinic: Engine):
    with clinic.connect() as connection:
        assert touched_by(connection, Scope(frozenset({1})), CLINIC, ["role/reader"]) == ()


@pytest.mark.parametrize(
    "forgotten",
    ["delete from matrix_state where account_id = %s", "delete from part where account_id = %s and part = 'streams'"],
)
def test_where_nobody_evaluated_or_listed_anything_nobody_is_said_to_watch_nothing(clinic: Engine, forgotten: str):
    with clinic.begin() as connection:
        connection.exec_driver_sql(forgotten, (CLINIC,))
        touched = touched_by(connection, EVERYTHING, CLINIC, [POLICY.lower()])
    assert {one.may for one in touched} == {None}
