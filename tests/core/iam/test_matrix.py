"""The matrix on small accounts, and its equality with single evaluations on generated ones."""

from dataclasses import replace
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.iam.evaluate import Request, evaluate
from app.core.iam.explain import cell_lookup, explain, outcome_of
from app.core.iam.layers import Binding, of_caller
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
from tests.builders.policies import CALLERS, DOCUMENTS, FULL, GENERATED, HEAD, STATEMENTS, snapshots, statements

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
def every_cell(made: Snapshot) -> Cells:
    """Return all cells of all callers by single evaluations."""
    binding = Binding(made)
    targets = [(one.arn, one.kind) for one in made.streams]
    found: Cells = {}
    for principal in binding.callers:
        layers = binding.layers(principal)
        for action in ACTIONS.values():
            taken = {ResourceKind.STREAM: action.on_stream, ResourceKind.CHANNEL: action.on_channel}
            for resource in [arn for arn, kind in targets if taken[kind]] or ["*"]:
                request = Request(principal.arn, f"kinesisvideo:{action.name}", resource)
                single = evaluate(request, layers, cell_lookup(binding, principal, resource))
                outcome = of_caller(principal, outcome_of(single))
                found[principal.arn, action.name, resource] = (outcome, single.keys)
    return found


@settings(max_examples=100)
@given(snapshots())
def test_it_equals_single_evaluations_cell_by_cell(made: Snapshot) -> None:
    fast, slow = cells(made), every_cell(made)

    assert {cell: fast.get(cell, (Outcome.DENY, ())) for cell in slow} == slow
    assert fast.keys() <= slow.keys()


@GENERATED
@given(snapshots(), st.data())
def test_the_grants_of_some_are_those_that_they_have_among_all(made: Snapshot, data: st.DataObject) -> None:
    callers = [one.arn for one in Binding(made).callers]
    some = data.draw(st.sets(st.sampled_from(callers)))

    assert access_matrix(made, some).grants == tuple(
        grant for grant in access_matrix(made).grants if grant.principal in some
    )


@GENERATED
@given(snapshots(), st.data())
def test_what_a_page_explains_is_what_the_matrix_shows(made: Snapshot, data: st.DataObject) -> None:
    cell, expected = data.draw(st.sampled_from(sorted(every_cell(made).items())))

    single = explain(made, *cell)
    assert (single.outcome, single.condition_keys) == expected


RANK = {Outcome.DENY: 0, Outcome.UNKNOWN: 1, Outcome.PER_DEVICE: 1, Outcome.CONDITIONAL: 1, Outcome.ALLOW: 2}
Statements = list[dict[str, Any]]


def said(*policies: Statements, caller: Principal | None = None, boundary: Statements | None = None) -> Cells:
    """Return the matrix of one caller under policies of its own, and a boundary."""
    limits = document(*(boundary or ()), name="limits", kind=PolicyKind.BOUNDARY)
    own = tuple(document(*statements, name=f"own-{number}") for number, statements in enumerate(policies))
    made = replace(caller or role(), inline=own, boundary=limits.arn if boundary else None)
    return cells(snapshot(made, policies=(limits,)))


def raised(before: Cells, after: Cells) -> Cells:
    """Return the cells that allow more than before."""
    denied = (Outcome.DENY, ())
    return {cell: found for cell, found in after.items() if RANK[found[0]] > RANK[before.get(cell, denied)[0]]}


@GENERATED
@given(DOCUMENTS, statements(st.just("Deny")), CALLERS)
def test_adding_a_deny_never_allows_more(own: Statements, added: dict[str, Any], caller: Principal) -> None:
    assert raised(said(own, caller=caller), said([*own, added], caller=caller)) == {}


@GENERATED
@given(DOCUMENTS, statements(st.just("Allow")), CALLERS)
def test_adding_an_allow_never_takes_away(own: Statements, added: dict[str, Any], caller: Principal) -> None:
    before = said(own, caller=caller)

    assert raised(said([*own, added], caller=caller), before) == {}
    assert raised(said(own, [added], caller=caller), before) == {}


@GENERATED
@given(DOCUMENTS, DOCUMENTS, CALLERS)
def test_a_boundary_never_adds(own: Statements, boundary: Statements, caller: Principal) -> None:
    assert raised(said(own, caller=caller), said(own, caller=caller, boundary=boundary)) == {}


@GENERATED
@given(DOCUMENTS, CALLERS)
def test_the_case_of_actions_is_irrelevant(own: Statements, caller: Principal) -> None:
    shouted = [
        {key: [one.upper() for one in value] if key.endswith("Action") else value for key, value in statement.items()}
        for statement in own
    ]

    assert said(shouted, caller=caller) == said(own, caller=caller)


NOTHING = f"{HEAD}none/none"


@GENERATED
@given(STATEMENTS, st.data())
def test_the_case_of_resources_is_relevant(statement: dict[str, Any], data: st.DataObject) -> None:
    element = "Resource" if "Resource" in statement else "NotResource"
    patterns = data.draw(
        st.lists(st.sampled_from(["stream/*", "*/north-*", "*cam-?/*", "c*", "*/d?or/1*"]), min_size=1)
    )
    shouted = {**statement, element: [f"{HEAD}{one.upper()}" for one in patterns]}

    # All that there is has a name in lower case.
    assert said([allow(), shouted]) == said([allow(), {**statement, element: NOTHING}])
    assert said([shouted]) == said([{**statement, element: NOTHING}])


@GENERATED
@given(STATEMENTS, DOCUMENTS, st.sampled_from(["Action", "Resource"]), CALLERS)
def test_splitting_a_statement_changes_nothing(
    statement: dict[str, Any], others: Statements, element: str, caller: Principal
) -> None:
    parts = [{**statement, element: [one]} for one in statement.get(element, [])] or [statement]

    for beside in ([], [allow()], others):
        assert said([*beside, *parts], caller=caller) == said([*beside, statement], caller=caller)


@GENERATED
@given(DOCUMENTS, DOCUMENTS, CALLERS, st.randoms(use_true_random=False))
def test_the_order_of_statements_and_policies_is_irrelevant(
    one: Statements, other: Statements, caller: Principal, chance: Random
) -> None:
    in_any_order = chance.sample([*one, *other], len(one) + len(other))

    expected = said(one, other, caller=caller)
    assert said(other, one, caller=caller) == expected
    assert said(in_any_order, caller=caller) == expected
    assert said(in_any_order[:1], in_any_order[1:], caller=caller) == expected


@GENERATED
@given(DOCUMENTS, DOCUMENTS, CALLERS)
def test_what_is_said_twice_changes_nothing(one: Statements, other: Statements, caller: Principal) -> None:
    expected = said(one, other, caller=caller)

    assert said(one, other, one, caller=caller) == expected
    assert said([*one, *one], other, caller=caller) == expected


@GENERATED
@given(snapshots())
def test_a_policy_attached_twice_on_any_level_changes_nothing(made: Snapshot) -> None:
    assert made.iam is not None
    twice = tuple(
        replace(one, inline=one.inline * 2, attached=one.attached * 2, groups=one.groups * 2)
        for one in made.iam.principals
    )
    organized = made.organization
    if organized is not None:
        doubled = tuple(replace(one, scps=one.scps * 2, rcps=one.rcps * 2) for one in organized.targets)
        organized = replace(organized, targets=doubled)

    assert cells(replace(made, iam=replace(made.iam, principals=twice), organization=organized)) == cells(made)
