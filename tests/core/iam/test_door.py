import json
from dataclasses import replace
from typing import Any

import pytest

from app.core.errors import MalformedPolicy
from app.core.iam.door import Door, Judged, asking
from app.core.iam.evaluate import LayerKind, Verdict
from app.core.iam.layers import Binding
from app.core.iam.trust import trusted
from app.core.model.policy import PolicyDocument, PolicyKind
from app.core.model.principal import Principal
from tests.builders.iam import ACCOUNT, ROLE, allow, document, organization, role, snapshot

DOOR = f"arn:aws:iam::{ACCOUNT}:role/door"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/viewer/nightly"


def opened(*statements: dict[str, Any], text: str = "") -> Principal:
    written = text or json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    return role(arn=DOOR, name="door", trust=PolicyDocument(PolicyKind.TRUST, "trust", written))


def trust(principal: Any, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **more}


def judged(caller: Principal, *statements: dict[str, Any]) -> Judged:
    home = Binding(snapshot(opened(*statements), caller))
    return Door(home, opened(*statements)).judged(asking(caller, home))


def test_a_trust_policy_that_does_not_parse_is_no_door() -> None:
    with pytest.raises(MalformedPolicy):
        Door(Binding(snapshot()), opened(text="{"))


def test_who_is_named_passes_without_a_policy_of_its_own_and_says_so() -> None:
    found = judged(role(), trust({"AWS": ROLE}))

    assert (found.decision.verdict, found.is_named) == (Verdict.ALLOW, True)
    assert [layer.is_given for layer in found.layers if layer.kind is LayerKind.IDENTITY] == [True]


def test_who_is_let_in_anyway_is_not_told_as_named() -> None:
    found = judged(role(allow("sts:*")), trust({"AWS": ROLE}))

    assert (found.decision.verdict, found.is_named) == (Verdict.ALLOW, False)


INSIDE = {"aws:SourceIp": "203.0.113.0/24"}


@pytest.mark.parametrize(
    ("own", "verdict", "keys"),
    [
        (
            {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
            Verdict.CONDITIONAL,
            ("aws:multifactorauthpresent", "aws:sourceip"),
        ),
        ({"NotIpAddress": INSIDE}, Verdict.ALLOW, ()),
    ],
    ids=["another key", "the rest of the key"],
)
def test_who_is_named_on_a_condition_comes_in_by_its_own_policy_too(
    own: dict[str, Any], verdict: Verdict, keys: tuple[str, ...]
) -> None:
    named = trust({"AWS": ROLE}, Condition={"IpAddress": INSIDE})

    found = judged(role(allow("sts:AssumeRole", Condition=own)), trust({"AWS": str(ACCOUNT)}), named)

    assert (found.decision.verdict, found.decision.keys) == (verdict, keys)


def test_a_policy_that_was_not_read_may_deny_whom_the_trust_policy_names() -> None:
    found = judged(role(attached=("arn:aws:iam::aws:policy/Gone",)), trust({"AWS": ROLE}))

    assert found.decision.verdict is Verdict.UNKNOWN


def test_a_named_session_is_one_of_the_role_s_own_ids() -> None:
    found = judged(role(unique_id="AROAVIEWER"), trust({"AWS": SESSION}))

    (residual,) = [one.residual for one in found.decision.applied if one.layer.kind is LayerKind.TRUST]
    (clause,) = residual
    assert (found.decision.verdict, found.decision.keys) == (Verdict.CONDITIONAL, ("aws:userid",))
    assert clause.templates == (("AROAVIEWER:nightly",),)


def test_where_the_role_itself_is_named_its_sessions_do_not_matter() -> None:
    assert judged(role(), trust({"AWS": [SESSION, ROLE]})).decision.verdict is Verdict.ALLOW


@pytest.mark.parametrize(
    ("condition", "verdict"),
    [
        ({"StringEquals": {"aws:PrincipalOrgID": "o-a1"}}, Verdict.IMPLICIT_DENY),
        ({"StringEquals": {"aws:PrincipalAccount": "777700001111"}}, Verdict.ALLOW),
        ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/ops"}}, Verdict.CONDITIONAL),
        ({"Bool": {"aws:PrincipalIsAWSService": "true"}}, Verdict.IMPLICIT_DENY),
    ],
)
def test_of_an_outsider_its_account_is_known(condition: dict[str, Any], verdict: Verdict) -> None:
    asked = opened(trust({"AWS": "777700001111"}, Condition=condition))
    (one,) = trusted(asked)

    assert Door(Binding(snapshot(organization=organization())), asked).outsider(one).verdict is verdict


def outside(account: int, condition: dict[str, Any], **controls: Any) -> Verdict:
    asked = opened(trust({"AWS": str(account)}, Condition=condition))
    (one,) = trusted(asked)
    return Door(Binding(snapshot(organization=organization(**controls))), asked).outsider(one).verdict


@pytest.mark.parametrize(
    ("operator", "value", "verdict"),
    [
        ("StringEquals", "o-vendor", Verdict.CONDITIONAL),
        ("StringEquals", ["o-a1", "o-vendor"], Verdict.CONDITIONAL),
        ("StringLike", "o-*", Verdict.CONDITIONAL),
        ("Null", "true", Verdict.CONDITIONAL),
        ("StringNotEquals", "o-a1", Verdict.ALLOW),
        ("StringEquals", "${aws:ResourceOrgID}", Verdict.IMPLICIT_DENY),
    ],
)
def test_an_outsider_may_be_of_an_organization_that_is_named(operator: str, value: Any, verdict: Verdict) -> None:
    assert outside(777700001111, {operator: {"aws:PrincipalOrgID": value}}) is verdict


def test_an_organization_that_an_rcp_lets_in_may_be_the_outsider_s() -> None:
    barred = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sts:AssumeRole",
        "Resource": "*",
        "Condition": {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": ["o-a1", "o-vendor"]}},
    }
    rcp = document(barred, name="known-only", kind=PolicyKind.RCP)

    assert outside(777700001111, {}, rcps=(rcp,)) is Verdict.CONDITIONAL


NOBODY = document(
    {"Effect": "Deny", "Principal": "*", "Action": "sts:*", "Resource": "*"}, name="nobody", kind=PolicyKind.RCP
)
LINKED = "/aws-service-role/config.amazonaws.com/"


@pytest.mark.parametrize(("path", "verdict"), [("/", Verdict.EXPLICIT_DENY), (LINKED, Verdict.ALLOW)])
def test_an_rcp_keeps_a_service_out_of_any_role_but_a_service_linked_one(path: str, verdict: Verdict) -> None:
    asked = replace(opened(trust({"Service": "config.amazonaws.com"})), path=path)
    (one,) = trusted(asked)

    assert Door(Binding(snapshot(organization=organization(rcps=(NOBODY,)))), asked).outsider(one).verdict is verdict


@pytest.mark.parametrize(("path", "verdict"), [("/", Verdict.EXPLICIT_DENY), (LINKED, Verdict.ALLOW)])
def test_an_rcp_keeps_no_service_linked_role_out(path: str, verdict: Verdict) -> None:
    caller = replace(role(allow("sts:AssumeRole")), path=path)
    asked = opened(trust({"AWS": str(ACCOUNT)}))
    home = Binding(snapshot(asked, caller, organization=organization(rcps=(NOBODY,))))

    assert Door(home, asked).judged(asking(caller, home)).decision.verdict is verdict


@pytest.mark.parametrize(("path", "verdict"), [("o-a1/r-1/*", Verdict.ALLOW), ("o-a1/r-2/*", Verdict.IMPLICIT_DENY)])
def test_of_a_member_that_is_not_read_its_place_is_known(path: str, verdict: Verdict) -> None:
    below = {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": path}}

    assert outside(ACCOUNT, below) is verdict
