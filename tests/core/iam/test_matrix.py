"""The matrix on small accounts, and its equality with single evaluations on generated ones."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.iam.explain import explain
from app.core.iam.matrix import access_matrix
from app.core.kvs.actions import ACTIONS
from app.core.model.grant import Outcome
from app.core.model.policy import PolicyDocument, PolicyKind
from app.core.model.principal import Principal, PrincipalKind
from app.core.model.snapshot import Snapshot
from app.core.model.stream import ResourceKind
from tests.builders.iam import (
    ACCOUNT,
    CAMERA,
    CHANNEL,
    OTHER_CAMERA,
    ROLE,
    TRUSTS_DEVICES,
    allow,
    deny,
    document,
    organization,
    role,
    snapshot,
    stream,
)
from tests.builders.policies import DOCUMENTS, FULL, GENERATED, HEAD, STATEMENTS, snapshots

Cells = dict[tuple[str, str, str], tuple[Outcome, tuple[str, ...]]]


def cells(made: Snapshot) -> Cells:
    """Return the matrix cell by cell; a cell that two grants claim fails."""
    found: Cells = {}
    for grant in access_matrix(made).grants:
        for resource in grant.resources:
            assert (grant.principal, grant.action, resource) not in found
            found[grant.principal, grant.action, resource] = (grant.outcome, grant.condition_keys)
    return found


def outcomes(made: Snapshot, action: str) -> dict[str, Outcome]:
    return {resource: found for (_, name, resource), (found, _) in cells(made).items() if name == action}


def test_one_grant_holds_all_resources_of_an_outcome() -> None:
    (grant,) = access_matrix(snapshot(role(allow("kinesisvideo:GetMedia")))).grants

    assert (grant.principal, grant.action, grant.outcome) == (ROLE, "GetMedia", Outcome.ALLOW)
    assert grant.resources == (CAMERA, OTHER_CAMERA)


def test_actions_are_granted_on_the_resources_that_they_take() -> None:
    made = snapshot(
        role(allow(["kinesisvideo:ListStreams", "kinesisvideo:ConnectAsViewer", "kinesisvideo:TagResource"]))
    )

    assert {grant.action: grant.resources for grant in access_matrix(made).grants} == {
        "ConnectAsViewer": (CHANNEL,),
        "ListStreams": ("*",),
        "TagResource": (CHANNEL, CAMERA, OTHER_CAMERA),
    }


def test_what_nothing_allows_has_no_row_and_what_is_taken_away_has() -> None:
    principal = role(allow("kinesisvideo:Get*"), deny("kinesisvideo:*", f"{HEAD}stream/north-*"))

    found = cells(snapshot(principal))

    assert found[ROLE, "GetMedia", CAMERA] == (Outcome.DENY, ())
    assert found[ROLE, "GetMedia", OTHER_CAMERA] == (Outcome.ALLOW, ())
    assert (ROLE, "PutMedia", CAMERA) not in found


def test_tags_of_streams_decide_per_stream() -> None:
    principal = role(allow("kinesisvideo:GetMedia", Condition={"StringEquals": {"aws:ResourceTag/site": "north"}}))
    streams = (stream(CAMERA, (("site", "north"),)), stream(OTHER_CAMERA, (("site", "south"),)))

    assert outcomes(snapshot(principal, streams=streams), "GetMedia") == {CAMERA: Outcome.ALLOW}


def test_tags_that_were_not_read_leave_it_open() -> None:
    principal = role(allow("kinesisvideo:GetMedia", Condition={"StringEquals": {"aws:ResourceTag/site": "north"}}))

    found = cells(snapshot(principal, streams=(stream(CAMERA, None),)))

    assert found == {(ROLE, "GetMedia", CAMERA): (Outcome.CONDITIONAL, ("aws:resourcetag/site",))}


def test_a_device_role_is_shown_per_device() -> None:
    statement = allow("kinesisvideo:PutMedia", f"{HEAD}stream/${{credentials-iot:ThingName}}/*")

    found = cells(snapshot(role(statement, trust=TRUSTS_DEVICES)))

    assert found[ROLE, "PutMedia", CAMERA] == (Outcome.PER_DEVICE, ("credentials-iot:thingname",))


def test_the_same_policy_on_a_role_for_people_grants_nothing() -> None:
    statement = allow("kinesisvideo:PutMedia", f"{HEAD}stream/${{credentials-iot:ThingName}}/*")

    assert cells(snapshot(role(statement))) == {}


def test_a_boundary_takes_away() -> None:
    boundary = document(allow("kinesisvideo:Get*"), name="limits", kind=PolicyKind.BOUNDARY)
    made = snapshot(role(allow(), boundary=boundary.arn), policies=(boundary,))

    assert outcomes(made, "GetMedia")[CAMERA] is Outcome.ALLOW
    assert outcomes(made, "PutMedia")[CAMERA] is Outcome.DENY


def test_a_level_without_scp_takes_everything_away() -> None:
    made = snapshot(role(allow()), organization=organization(("r-1", (FULL,)), (str(ACCOUNT), ())))

    assert {found for found, _ in cells(made).values()} == {Outcome.DENY}


def test_an_organization_that_could_not_be_read_leaves_would_be_allows_unknown() -> None:
    made = snapshot(role(allow("kinesisvideo:Get*"), deny("kinesisvideo:GetClip")), organization=None)

    assert outcomes(made, "GetMedia")[CAMERA] is Outcome.UNKNOWN
    assert outcomes(made, "GetClip")[CAMERA] is Outcome.DENY
    assert outcomes(made, "PutMedia") == {}


def test_a_policy_that_does_not_parse_leaves_its_principal_unknown_and_is_named() -> None:
    broken = PolicyDocument(PolicyKind.INLINE, "broken", '{"Statement": [{"Effect": "Maybe"}]}')
    other = role(allow("kinesisvideo:GetMedia"), arn=f"{ROLE}-2")
    matrix = access_matrix(snapshot(role(inline=(broken,)), other))

    assert [(one.policy, one.principal) for one in matrix.problems] == [("broken", ROLE)]
    assert "Statement[0].Effect" in matrix.problems[0].message
    assert {grant.outcome for grant in matrix.grants if grant.principal == ROLE} == {Outcome.UNKNOWN}
    assert {grant.action for grant in matrix.grants if grant.principal == ROLE} == set(ACTIONS)
    assert {grant.outcome for grant in matrix.grants if grant.principal == other.arn} == {Outcome.ALLOW}


def test_the_root_user_may_everything_that_scps_leave() -> None:
    root = role(arn=f"arn:aws:iam::{ACCOUNT}:root", kind=PrincipalKind.ROOT, trust=None)
    guard = document(deny("kinesisvideo:Delete*"), name="guard", kind=PolicyKind.SCP)
    made = snapshot(root, organization=organization(("r-1", (FULL, guard)), (str(ACCOUNT), (FULL,))))

    assert outcomes(made, "GetMedia")[CAMERA] is Outcome.ALLOW
    assert outcomes(made, "DeleteStream")[CAMERA] is Outcome.DENY


def test_an_account_whose_iam_was_never_read_has_no_grants() -> None:
    assert access_matrix(snapshot(iam=None)).grants == ()


# ---------------------------------------------------------------- generated accounts
def every_cell(made: Snapshot, principal: Principal) -> Cells:
    """Return all cells of a principal by single evaluations."""
    targets = [(one.arn, one.kind) for one in made.streams]
    found: Cells = {}
    for action in ACTIONS.values():
        taken = {ResourceKind.STREAM: action.on_stream, ResourceKind.CHANNEL: action.on_channel}
        for resource in [arn for arn, kind in targets if taken[kind]] or ["*"]:
            single = explain(made, principal.arn, action.name, resource)
            found[principal.arn, action.name, resource] = (single.outcome, single.condition_keys)
    return found


@GENERATED
@given(snapshots())
def test_it_equals_single_evaluations_cell_by_cell(made: Snapshot) -> None:
    assert made.iam is not None
    fast = cells(made)
    slow = every_cell(made, made.iam.principals[0])

    assert {cell: fast.get(cell, (Outcome.DENY, ())) for cell in slow} == slow
    assert fast.keys() <= slow.keys()


RANK = {Outcome.DENY: 0, Outcome.UNKNOWN: 1, Outcome.PER_DEVICE: 1, Outcome.CONDITIONAL: 1, Outcome.ALLOW: 2}


def ranks(*statements: dict[str, Any], boundary: list[dict[str, Any]] | None = None) -> dict[str, int]:
    limits = document(*(boundary or ()), name="limits", kind=PolicyKind.BOUNDARY)
    made = snapshot(role(*statements, boundary=limits.arn if boundary else None), policies=(limits,))
    found = outcomes(made, "GetMedia")
    return {one.arn: RANK[found.get(one.arn, Outcome.DENY)] for one in made.streams}


@GENERATED
@given(DOCUMENTS, STATEMENTS)
def test_adding_a_deny_never_allows_more(statements: list[dict[str, Any]], added: dict[str, Any]) -> None:
    before, after = ranks(*statements), ranks(*statements, {**added, "Effect": "Deny"})

    assert [arn for arn, rank in after.items() if rank > before[arn]] == []


@GENERATED
@given(DOCUMENTS, STATEMENTS)
def test_adding_an_allow_never_denies_more(statements: list[dict[str, Any]], added: dict[str, Any]) -> None:
    before, after = ranks(*statements), ranks(*statements, {**added, "Effect": "Allow"})

    assert [arn for arn, rank in after.items() if rank < before[arn]] == []


@GENERATED
@given(DOCUMENTS, DOCUMENTS)
def test_a_boundary_never_adds(statements: list[dict[str, Any]], boundary: list[dict[str, Any]]) -> None:
    before, after = ranks(*statements), ranks(*statements, boundary=boundary)

    assert [arn for arn, rank in after.items() if rank > before[arn]] == []


@GENERATED
@given(DOCUMENTS)
def test_the_case_of_actions_is_irrelevant(statements: list[dict[str, Any]]) -> None:
    shouted = [
        {key: [one.upper() for one in value] if key.endswith("Action") else value for key, value in statement.items()}
        for statement in statements
    ]

    assert ranks(*shouted) == ranks(*statements)


@GENERATED
@given(STATEMENTS, st.sampled_from(["Action", "Resource"]))
def test_splitting_a_statement_changes_nothing(statement: dict[str, Any], element: str) -> None:
    parts = [{**statement, element: [one]} for one in statement.get(element, [])] or [statement]

    assert ranks(allow(), *parts) == ranks(allow(), statement)


@pytest.mark.parametrize(
    ("pattern", "rank"), [pytest.param("north-*", 2, id="as is"), pytest.param("North-*", 0, id="up")]
)
def test_the_case_of_resources_is_relevant(pattern: str, rank: int) -> None:
    assert ranks(allow(resource=f"{HEAD}stream/{pattern}"))[CAMERA] == rank
