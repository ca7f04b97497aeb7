import json
from dataclasses import replace

import pytest

from app.core.errors import InvalidInput
from app.core.iam.entries import entries
from app.core.iam.explain_entry import explain_entry
from app.core.iam.layers import Binding
from app.core.iam.reasons import ReasonCode
from app.core.model.grant import Outcome
from app.core.model.policy import PolicyDocument, PolicyKind
from app.core.model.principal import Principal, PrincipalKind
from tests.builders.iam import ACCOUNT, allow, deny, role, snapshot

ANNA = f"arn:aws:iam::{ACCOUNT}:user/anna"
DOOR = f"arn:aws:iam::{ACCOUNT}:role/door"


def door(principal: object, **more: object) -> Principal:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **more}
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return role(arn=DOOR, name="door", trust=PolicyDocument(PolicyKind.TRUST, "trust", text))


def explained(opened: Principal, anna: Principal):
    binding = Binding(snapshot(opened, replace(anna, arn=ANNA, name="anna", kind=PrincipalKind.USER, trust=None)))
    return explain_entry(binding, ANNA, binding, DOOR)


def test_both_sides_stand_with_their_statements() -> None:
    found = explained(door({"AWS": str(ACCOUNT)}), role(allow("sts:*")))

    assert found.outcome is Outcome.ALLOW
    assert [(reason.code, reason.via) for reason in found.reasons] == [
        (ReasonCode.ALLOWED, "inline"),
        (ReasonCode.ALLOWED, "trust policy"),
    ]
    assert '"sts:AssumeRole"' in found.reasons[1].text


def test_what_is_missing_is_named() -> None:
    closed = explained(door({"AWS": "444455556666"}), role(allow("sts:*")))
    powerless = explained(door({"AWS": str(ACCOUNT)}), role())

    assert closed.reasons[-1].sentence == f"The trust policy of {DOOR} does not let the principal in."
    assert powerless.reasons[0].code is ReasonCode.NOTHING_ALLOWS


def test_a_deny_is_the_only_reason() -> None:
    found = explained(door({"AWS": ANNA}), role(deny("sts:*")))

    assert (found.outcome, [reason.code for reason in found.reasons]) == (Outcome.DENY, [ReasonCode.DENIED])


def test_a_condition_names_its_key() -> None:
    asked = door({"AWS": ANNA}, Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})

    found = explained(asked, role())

    assert (found.outcome, found.condition_keys) == (Outcome.CONDITIONAL, ("aws:multifactorauthpresent",))


def test_a_trust_in_one_session_of_another_accounts_role_names_its_user_id() -> None:
    other = 444455556666
    far = role(allow("sts:*"), arn=f"arn:aws:iam::{other}:role/team/far", name="far", unique_id="AROAFAR")
    account = replace(snapshot().account, id=other)
    its = Binding(snapshot(far, account=account))
    home = Binding(snapshot(door({"AWS": f"arn:aws:sts::{other}:assumed-role/far/s1"})))

    found = explain_entry(its, far.arn, home, DOOR)
    (listed,) = entries(home, home.callers, {other: its}.get)

    assert (found.outcome, found.condition_keys) == (listed.outcome, listed.condition_keys)
    assert [(reason.code, reason.condition_keys) for reason in found.reasons][-1] == (
        ReasonCode.ALLOWED_IF,
        ("aws:userid",),
    )
    assert '"sts:AssumeRole"' in found.reasons[-1].text


def test_only_a_role_can_be_assumed() -> None:
    binding = Binding(snapshot(door("*"), role(arn=ANNA, kind=PrincipalKind.USER, trust=None)))

    with pytest.raises(InvalidInput, match="is no role"):
        explain_entry(binding, DOOR, binding, ANNA)
    with pytest.raises(InvalidInput, match="no user, role or root user"):
        explain_entry(binding, "arn:aws:iam::1:role/x", binding, DOOR)


def test_a_root_user_assumes_no_role_as_the_entries_say() -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:root"
    root = role(arn=arn, name="root", kind=PrincipalKind.ROOT, trust=None)
    opened = door({"AWS": str(ACCOUNT)})
    binding = Binding(snapshot(opened, root))

    assert entries(binding, [opened], lambda _: None) == ()
    with pytest.raises(InvalidInput, match="cannot assume a role"):
        explain_entry(binding, arn, binding, DOOR)
