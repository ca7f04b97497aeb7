from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest
from sqlalchemy import Engine, text

from app.core.errors import InvalidInput
from app.core.iam.matrix import access_matrix
from app.core.model.policy import PolicyDocument, PolicyKind
from app.core.model.principal import Iam, Principal, PrincipalKind
from app.core.model.scope import EVERYTHING
from app.core.parts import Streams
from app.db.queries import snapshots
from app.db.queries.grants import grants
from app.services.build_access_matrix import build_access_matrix
from tests.builders import iam
from tests.builders.accounts import make_account
from tests.builders.facts import NOW

LATER = NOW + timedelta(hours=1)


def poll(engine: Engine, *principals, policies=()) -> None:
    with engine.begin() as connection:
        snapshots.store_part(connection, iam.ACCOUNT, "iam", "", Iam(principals, policies), NOW)
        snapshots.store_part(connection, iam.ACCOUNT, "streams", "eu-central-1", Streams((iam.stream(),)), NOW)
        snapshots.store_part(connection, iam.MANAGEMENT, "organization", "", iam.organization(), NOW)


@pytest.fixture
def watched(app_engine: Engine) -> Engine:
    with app_engine.begin() as connection:
        make_account(connection, iam.ACCOUNT, regions=["eu-central-1"])
    return app_engine


def stored(engine: Engine):
    with engine.connect() as connection:
        return grants(connection, EVERYTHING, iam.ACCOUNT)


def test_it_stores_what_every_principal_may_do(watched: Engine):
    poll(watched, iam.role(iam.allow("kinesisvideo:GetMedia")))

    assert build_access_matrix(watched, iam.ACCOUNT, now=NOW)
    assert {
        (grant.principal, grant.action, grant.resources) for grant in stored(watched) if "role" in grant.principal
    } == {(iam.ROLE, "GetMedia", (iam.CAMERA,))}


def test_it_computes_nothing_while_nothing_changed(watched: Engine):
    poll(watched, iam.role(iam.allow("kinesisvideo:GetMedia")))
    build_access_matrix(watched, iam.ACCOUNT, now=NOW)

    assert not build_access_matrix(watched, iam.ACCOUNT, now=LATER)

    poll(watched, iam.role(iam.allow("kinesisvideo:PutMedia")))
    assert build_access_matrix(watched, iam.ACCOUNT, now=LATER)
    assert "PutMedia" in {grant.action for grant in stored(watched) if grant.principal == iam.ROLE}


def test_an_account_whose_iam_was_never_read_has_no_matrix(watched: Engine):
    assert not build_access_matrix(watched, iam.ACCOUNT, now=NOW)
    assert stored(watched) is None


def test_a_policy_that_does_not_parse_is_kept_for_the_page(watched: Engine):
    poll(watched, iam.role(inline=(type(iam.NO_TAGS_FROM_SESSION)("inline", "broken", "{"),)))

    build_access_matrix(watched, iam.ACCOUNT, now=NOW)

    with watched.connect() as connection:
        (problem,) = connection.execute(text("select problems from matrix_state")).scalar_one()
    assert problem["policy"] == "broken"


def test_an_unknown_account_is_refused(app_engine: Engine):
    with pytest.raises(InvalidInput, match="000000000007"):
        build_access_matrix(app_engine, 7, now=NOW)


# ---------------------------------------------------------------- a change evaluates what it touches
ALICE, BOB = (f"arn:aws:iam::{iam.ACCOUNT}:user/{name}" for name in ("alice", "bob"))
OPERATORS = f"arn:aws:iam::{iam.ACCOUNT}:group/operators"
SHARED = iam.document(iam.allow("kinesisvideo:GetClip"), name="shared", kind=PolicyKind.MANAGED)
BROKEN = PolicyDocument(PolicyKind.INLINE, "broken", "{")


def user(arn: str, *statements, **changes) -> Principal:
    name = arn.rpartition("/")[2]
    return iam.role(*statements, arn=arn, name=name, kind=PrincipalKind.USER, trust=None, **changes)


def group(*statements) -> Principal:
    return iam.role(*statements, arn=OPERATORS, name="operators", kind=PrincipalKind.GROUP, trust=None)


BEFORE = (
    user(ALICE, iam.allow("kinesisvideo:GetMedia"), groups=("operators",)),
    user(BOB, iam.allow("kinesisvideo:PutMedia"), attached=(SHARED.arn,), last_used_at=NOW),
    iam.role(inline=(BROKEN,)),
    group(iam.allow("kinesisvideo:DescribeStream")),
)
CHANGES = {
    "nothing but a time": ((BEFORE[0], replace(BEFORE[1], last_used_at=LATER), *BEFORE[2:]), (SHARED,), set()),
    "an inline policy": (
        (replace(BEFORE[0], inline=(iam.document(iam.allow("kinesisvideo:GetImages")),)), *BEFORE[1:]),
        (SHARED,),
        {ALICE},
    ),
    "a policy of a group": ((*BEFORE[:3], group(iam.allow("kinesisvideo:ListTagsForStream"))), (SHARED,), {ALICE}),
    "a managed policy": (
        BEFORE,
        (iam.document(iam.deny("kinesisvideo:*"), name="shared", kind=PolicyKind.MANAGED),),
        {BOB},
    ),
    "a managed policy that is not read any more": (BEFORE, (), {BOB}),
    "a tag": ((replace(BEFORE[0], tags=(("team", "video"),)), *BEFORE[1:]), (SHARED,), {ALICE}),
    "a boundary": ((replace(BEFORE[0], boundary=SHARED.arn), *BEFORE[1:]), (SHARED,), {ALICE}),
    "a principal that is gone": (BEFORE[1:], (SHARED,), {ALICE}),
    "a principal that is new": (
        (*BEFORE, user(ALICE.replace("alice", "carol"), iam.allow())),
        (SHARED,),
        {ALICE.replace("alice", "carol")},
    ),
    "a policy that parses now": ((*BEFORE[:2], iam.role(iam.allow()), BEFORE[3]), (SHARED,), {iam.ROLE}),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_evaluates_whom_it_touches_and_the_rest_stays(
    watched: Engine, monkeypatch: pytest.MonkeyPatch, change: str
):
    evaluated = []
    monkeypatch.setattr(
        "app.services.build_access_matrix.access_matrix",
        lambda snapshot, only: evaluated.append(only) or access_matrix(snapshot, only),
    )
    principals, policies, touched = CHANGES[change]
    poll(watched, *BEFORE, policies=(SHARED,))
    build_access_matrix(watched, iam.ACCOUNT, now=NOW)

    poll(watched, *principals, policies=policies)
    build_access_matrix(watched, iam.ACCOUNT, now=LATER)

    with watched.connect() as connection:
        now = access_matrix(snapshots.load_snapshot(connection, EVERYTHING, iam.ACCOUNT))
        problems = connection.execute(text("select problems from matrix_state")).scalar_one()
    assert sorted(stored(watched), key=repr) == sorted(now.grants, key=repr)
    assert sorted(problems, key=repr) == sorted(msgspec.to_builtins(now.problems), key=repr)
    assert evaluated[0] is None
    assert evaluated[1:] == ([touched] if touched else [])


def test_a_new_stream_evaluates_everyone(watched: Engine):
    poll(watched, *BEFORE, policies=(SHARED,))
    build_access_matrix(watched, iam.ACCOUNT, now=NOW)
    with watched.begin() as connection:
        streams = Streams((iam.stream(), iam.stream(iam.CAMERA.replace("north", "east"))))
        snapshots.store_part(connection, iam.ACCOUNT, "streams", "eu-central-1", streams, LATER)

    build_access_matrix(watched, iam.ACCOUNT, now=LATER)

    assert all(len(grant.resources) == 2 for grant in stored(watched) if grant.action == "PutMedia")
