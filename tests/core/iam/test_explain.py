from dataclasses import replace
from typing import Any

import pytest

from app.core.errors import InvalidInput
from app.core.iam.evaluate import LayerKind
from app.core.iam.explain import explain
from app.core.iam.matrix import access_matrix
from app.core.iam.reasons import ReasonCode
from app.core.model.grant import Outcome
from app.core.model.policy import PolicyDocument, PolicyKind
from app.core.model.principal import PrincipalKind
from tests.builders.iam import (
    ACCOUNT,
    CAMERA,
    CHANNEL,
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

MANAGED = document(allow(), name="video", kind=PolicyKind.MANAGED)
WIDE = "arn:aws:kinesisvideo:*:stream/*"
FULL = document(allow("*"), name="FullAWSAccess", kind=PolicyKind.SCP)


def test_it_shows_the_statement_that_allows_with_its_lines() -> None:
    principal = role(
        allow("s3:*"), allow(["kinesisvideo:List*", "kinesisvideo:Get*"], ["*", "arn:aws:s3:::x"], Sid="Watch")
    )

    found = explain(snapshot(principal), ROLE, "getmedia", CAMERA)

    (reason,) = found.reasons
    assert found.outcome is Outcome.ALLOW
    assert found.action == "kinesisvideo:GetMedia"
    assert (reason.code, reason.policy, reason.via, reason.statement, reason.sid) == (
        ReasonCode.ALLOWED,
        "own",
        "inline",
        1,
        "Watch",
    )
    assert reason.sentence == "Statement 2 (Watch) of own allows the call (inline)."
    assert reason.first_line is not None
    lines = reason.text.splitlines()
    assert [lines[number - reason.first_line].strip() for number in reason.marked] == ['"kinesisvideo:Get*"', '"*",']


def test_it_names_the_group_through_which_a_policy_comes() -> None:
    group = role(kind=PrincipalKind.GROUP, name="operators", arn="arn:group", attached=(MANAGED.arn,))
    user = role(kind=PrincipalKind.USER, groups=("operators",))

    found = explain(snapshot(user, group, policies=(MANAGED,)), ROLE, "GetMedia", CAMERA)

    assert [(one.policy_arn, one.via) for one in found.reasons] == [(MANAGED.arn, "group operators")]


def test_a_deny_is_shown_with_its_target_and_alone() -> None:
    guard = document(deny(Sid="NoVideo"), name="guard", kind=PolicyKind.SCP)
    organized = replace(organization(("r-1", (FULL, guard)), (str(ACCOUNT), (FULL,))), unit_names=(("r-1", "Root"),))

    found = explain(snapshot(role(allow()), organization=organized), ROLE, "GetMedia", CAMERA)

    assert found.outcome is Outcome.DENY
    assert [(one.code, one.policy, one.via) for one in found.reasons] == [
        (ReasonCode.DENIED, "guard", "SCP on r-1 (Root)")
    ]


def test_what_would_deny_without_the_deny_is_named_too() -> None:
    boundary = document(allow("s3:*"), name="limits", kind=PolicyKind.BOUNDARY)
    principal = role(allow(), deny(), boundary=boundary.arn)

    found = explain(snapshot(principal, policies=(boundary,)), ROLE, "GetMedia", CAMERA)

    assert [one.code for one in found.reasons] == [ReasonCode.DENIED, ReasonCode.BOUNDARY_ALLOWS_NOT]


def test_every_statement_that_would_have_to_leave_it_out_is_named() -> None:
    found = explain(snapshot(role(allow(), allow("kinesisvideo:Get*"))), ROLE, "GetMedia", CAMERA)

    assert [(one.code, one.statement) for one in found.reasons] == [(ReasonCode.ALLOWED, 0), (ReasonCode.ALLOWED, 1)]


def test_of_hundreds_of_statements_that_allow_the_number_is_told() -> None:
    found = explain(snapshot(role(*[allow(Sid=f"s{number}") for number in range(30)])), ROLE, "GetMedia", CAMERA)

    assert [one.code for one in found.reasons] == [*[ReasonCode.ALLOWED] * 10, ReasonCode.MORE_ALLOW]
    assert found.reasons[-1].sentence.startswith("20 more statements")


def test_what_was_not_read_changes_nothing_where_the_call_is_denied_anyway() -> None:
    found = explain(snapshot(role(), organization=None), ROLE, "GetMedia", CAMERA)

    assert [reason.code for reason in found.reasons if found.decides(reason)] == [ReasonCode.NOTHING_ALLOWS]


def test_layers_that_do_not_allow_are_named_in_order() -> None:
    organized = organization(("r-1", (FULL,)), (str(ACCOUNT), ()))
    boundary = document(allow("s3:*"), name="limits", kind=PolicyKind.BOUNDARY)
    principal = role(allow("s3:*"), boundary=boundary.arn)

    found = explain(snapshot(principal, policies=(boundary,), organization=organized), ROLE, "GetMedia", CAMERA)

    assert [one.code for one in found.reasons] == [
        ReasonCode.ALLOWED,
        ReasonCode.SCP_ALLOWS_NOT,
        ReasonCode.NOTHING_ALLOWS,
        ReasonCode.BOUNDARY_ALLOWS_NOT,
    ]


def test_a_condition_is_named_by_its_keys() -> None:
    principal = role(allow(Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}))

    found = explain(snapshot(principal), ROLE, "GetMedia", CAMERA)

    assert found.outcome is Outcome.CONDITIONAL
    assert found.condition_keys == ("aws:sourceip",)
    assert found.reasons[0].code is ReasonCode.ALLOWED_IF
    assert "aws:sourceip" in found.reasons[0].sentence


def test_conditions_that_exclude_each_other_are_said_to() -> None:
    principal = role(
        allow(Condition={"StringEquals": {"aws:SourceVpc": "vpc-1"}}),
        deny(Condition={"StringLike": {"aws:SourceVpc": "vpc-*"}}),
    )

    found = explain(snapshot(principal), ROLE, "GetMedia", CAMERA)

    assert found.outcome is Outcome.DENY
    assert [one.code for one in found.reasons] == [
        ReasonCode.DENIED_IF,
        ReasonCode.ALLOWED_IF,
        ReasonCode.CONDITIONS_EXCLUDE,
    ]


@pytest.mark.parametrize("statements", [(allow(resource=WIDE),), (allow(), deny(resource=WIDE))], ids=["allow", "deny"])
def test_a_cell_that_hangs_on_the_reading_of_a_star_says_so(statements: tuple[dict[str, Any], ...]) -> None:
    found = explain(snapshot(role(*statements)), ROLE, "GetMedia", CAMERA)

    assert found.reasons[-1].code is ReasonCode.WILDCARD_READING
    assert WIDE in found.reasons[-1].sentence


def test_an_unread_layer_is_named() -> None:
    found = explain(snapshot(role(allow()), organization=None), ROLE, "GetMedia", CAMERA)

    assert found.outcome is Outcome.UNKNOWN
    assert found.reasons[0].sentence == "Not known: AWS Organizations could not be read."


def test_an_account_whose_iam_was_never_read_is_unknown() -> None:
    found = explain(snapshot(iam=None), ROLE, "GetMedia", CAMERA)

    assert (found.outcome, found.reasons[0].code) == (Outcome.UNKNOWN, ReasonCode.UNREAD)


def test_the_root_user_needs_no_policy() -> None:
    root = role(arn=f"arn:aws:iam::{ACCOUNT}:root", kind=PrincipalKind.ROOT, trust=None)

    found = explain(snapshot(root), root.arn, "GetMedia", CAMERA)

    assert (found.outcome, found.reasons[0].code) == (Outcome.ALLOW, ReasonCode.ROOT_USER)


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        pytest.param("GetMedia", CHANNEL, id="a channel"),
        pytest.param("GetMedia", "*", id="no resource"),
        pytest.param("ListStreams", CAMERA, id="a stream"),
    ],
)
def test_an_action_on_the_wrong_kind_of_resource_is_said_to_be_none(action: str, resource: str) -> None:
    found = explain(snapshot(role(allow())), ROLE, action, resource)

    assert [one.code for one in found.reasons] == [ReasonCode.WRONG_RESOURCE_TYPE]


def test_the_tags_of_a_stream_that_is_not_known_are_unknown() -> None:
    principal = role(allow(Condition={"StringEquals": {"aws:ResourceTag/site": "north"}}))
    elsewhere = CAMERA.replace("north-cam-1", "new-cam")

    assert explain(snapshot(principal), ROLE, "GetMedia", elsewhere).outcome is Outcome.CONDITIONAL


@pytest.mark.parametrize(
    ("principal", "action", "message"),
    [
        pytest.param("arn:aws:iam::111122223333:role/gone", "GetMedia", "role/gone", id="no such caller"),
        pytest.param(ROLE, "GetStreamingEndpoint", "GetStreamingEndpoint", id="no such action"),
    ],
)
def test_it_refuses_what_does_not_exist(principal: str, action: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        explain(snapshot(role(allow())), principal, action, CAMERA)


def test_a_policy_written_as_one_statement_is_shown_too() -> None:
    text = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","NotAction":"s3:*","NotResource":"arn:aws:s3:::x"}}'
    principal = role(inline=(PolicyDocument(PolicyKind.INLINE, "own", text),))

    (reason,) = explain(snapshot(principal), ROLE, "GetMedia", CAMERA).reasons

    assert reason.text.splitlines()[0].strip() == '"Statement": {'
    assert len(reason.marked) == 2


def test_what_allows_a_denied_call_decides_nothing() -> None:
    scps = (("r-1", (FULL,)), (str(ACCOUNT), ()))
    found = explain(snapshot(role(allow()), organization=organization(*scps)), ROLE, "GetMedia", CAMERA)

    assert [reason.code for reason in found.reasons if found.decides(reason)] == [ReasonCode.SCP_ALLOWS_NOT]


def test_what_every_call_needs_decides_nothing_of_an_allowed_one() -> None:
    scps = (("r-1", (FULL,)), (str(ACCOUNT), (FULL,)))
    found = explain(snapshot(role(allow()), organization=organization(*scps)), ROLE, "GetMedia", CAMERA)

    assert [reason.layer for reason in found.reasons if found.decides(reason)] == [LayerKind.IDENTITY]


TEAM = {"StringNotEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}


def test_a_deny_whose_variable_has_no_value_is_not_certain() -> None:
    found = explain(snapshot(role(allow(), deny(Condition=TEAM))), ROLE, "GetMedia", CAMERA)

    assert (found.outcome, found.condition_keys) == (Outcome.CONDITIONAL, ("aws:principaltag/team",))
    assert [one.code for one in found.reasons] == [ReasonCode.DENIED_UNLESS_INVALID, ReasonCode.ALLOWED]
    assert "aws:principaltag/team may have no value" in found.reasons[0].sentence


def test_nobody_but_a_device_gets_anything_per_device() -> None:
    own = deny(Condition={"StringNotEquals": {"aws:ResourceTag/thing": "${credentials-iot:ThingName}"}})
    of_nobody, of_devices = role(allow(), own), role(allow(), own, trust=TRUSTS_DEVICES)
    tagged = (stream(tags=(("thing", "cam"),)),)

    for one, outcome in ((of_nobody, Outcome.CONDITIONAL), (of_devices, Outcome.PER_DEVICE)):
        made = snapshot(one, streams=tagged)
        assert explain(made, ROLE, "GetMedia", CAMERA).outcome is outcome
        (found,) = (grant for grant in access_matrix(made).grants if grant.action == "GetMedia")
        assert found.outcome is outcome


def test_a_default_and_a_tag_make_the_same_deny_certain() -> None:
    of_team = role(allow(), deny(Condition=TEAM), tags=(("team", "gate"),))
    with_default = {"StringNotEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team, 'none'}"}}

    assert explain(snapshot(of_team), ROLE, "GetMedia", CAMERA).outcome is Outcome.DENY
    by_default = explain(snapshot(role(allow(), deny(Condition=with_default))), ROLE, "GetMedia", CAMERA)
    assert by_default.outcome is Outcome.DENY
