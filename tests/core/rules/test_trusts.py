import json

import pytest

from app.core.model.policy import PolicyDocument, PolicyKind
from app.core.rules.trusts import trusted, unreadable
from tests.builders import iam
from tests.builders.documents import STRANGER, trust


def one(principal: object, **more: object):
    (found,) = trusted(iam.role(trust=trust(principal, **more)))
    return found


@pytest.mark.parametrize(
    ("principal", "account", "is_whole"),
    [
        ("*", None, False),
        ({"AWS": f"arn:aws:iam::{STRANGER}:root"}, STRANGER, True),
        ({"AWS": str(STRANGER)}, STRANGER, True),
        ({"AWS": f"arn:aws:iam::{STRANGER}:role/DataLab"}, STRANGER, False),
        ({"AWS": "AIDAEXAMPLEOFAGONEUSER"}, None, False),
        ({"Service": "ecs-tasks.amazonaws.com"}, None, False),
    ],
)
def test_it_reads_who_is_let_in(principal: object, account: int | None, *, is_whole: bool):
    found = one(principal)

    assert (found.account, found.is_whole_account) == (account, is_whole)


def test_notprincipal_lets_in_anybody_else():
    document = trust("*")
    negated = document.document.replace('"Principal"', '"NotPrincipal"')

    (found,) = trusted(iam.role(trust=type(document)(document.kind, document.name, negated)))

    assert found.value == "*"


def test_conditions_that_ask_who_comes_narrow_it():
    assert one("*", Condition={"StringEquals": {"sts:ExternalId": "x"}}).is_narrowed
    assert not one("*", Condition={"Bool": {"aws:SecureTransport": "true"}}).is_narrowed


@pytest.mark.parametrize(
    "operator",
    ["StringEqualsIfExists", "StringNotEquals", "ForAllValues:StringEquals", "StringNotLikeIfExists", "Null"],
)
def test_a_condition_that_holds_for_a_stranger_without_the_key_does_not_narrow_it(operator: str):
    assert not one("*", Condition={operator: {"sts:ExternalId": "true"}}).is_narrowed


@pytest.mark.parametrize(
    ("operator", "key", "value"),
    [
        ("StringLike", "sts:ExternalId", "*"),
        ("StringLike", "aws:PrincipalOrgID", ["o-a1", "*"]),
        ("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/*"),
    ],
)
def test_a_condition_that_takes_any_value_does_not_narrow_it(operator: str, key: str, value: object):
    assert not one("*", Condition={operator: {key: value}}).is_narrowed


@pytest.mark.parametrize(
    ("operator", "key", "value"),
    [
        ("StringEquals", "aws:PrincipalOrgID", "${aws:ResourceOrgID}"),
        ("StringLike", "sts:ExternalId", "kvs-*"),
        ("ArnLike", "aws:PrincipalArn", f"arn:aws:iam::{STRANGER}:role/*"),
    ],
)
def test_a_condition_that_takes_some_values_narrows_it(operator: str, key: str, value: str):
    assert one("*", Condition={operator: {key: value}}).is_narrowed


def test_a_statement_that_lets_its_principal_tag_sessions_alone_lets_nobody_in():
    tagging = trust({"AWS": f"arn:aws:iam::{STRANGER}:root"}, Action=["sts:TagSession", "sts:SetSourceIdentity"])

    assert list(trusted(iam.role(trust=tagging))) == []


def test_whom_a_deny_names_is_not_let_in():
    principal = {"AWS": f"arn:aws:iam::{STRANGER}:root"}
    text = json.loads(trust(principal).document)
    text["Statement"].append({"Effect": "Deny", "Principal": principal, "Action": "sts:AssumeRole"})

    assert list(trusted(iam.role(trust=PolicyDocument(PolicyKind.TRUST, "trust", json.dumps(text))))) == []


def test_a_trust_that_does_not_parse_is_said_to_be_so():
    assert [answer.subject for answer in unreadable(iam.role(trust=PolicyDocument(PolicyKind.TRUST, "t", "{")))] == [
        iam.ROLE
    ]
    assert list(unreadable(iam.role())) == []
