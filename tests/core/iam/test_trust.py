import json
from typing import Any

import pytest

from app.core.iam.trust import (
    ASSUME,
    IOT_CREDENTIAL_PROVIDER,
    WITH_SAML,
    WITH_WEB_IDENTITY,
    Trusted,
    TrustedKind,
    takes_session_tags,
    trusted,
    trusts_service,
)
from app.core.model.policy import PolicyDocument, PolicyKind
from app.core.model.principal import Principal
from tests.builders.iam import role


def trusting(*statements: dict[str, Any]) -> Principal:
    text = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    return role(trust=PolicyDocument(PolicyKind.TRUST, "trust", text))


def lets_in(principal: Any, action: Any = "sts:AssumeRole", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": principal, "Action": action, **more}


def test_it_tells_who_is_let_in_and_under_which_keys() -> None:
    made = trusting(
        lets_in(
            {"AWS": "arn:aws:iam::444455556666:root"}, Condition={"StringEquals": {"sts:ExternalId": "x"}}, Sid="Vendor"
        ),
        lets_in({"Service": IOT_CREDENTIAL_PROVIDER}),
        lets_in({"Federated": "cognito-identity.amazonaws.com"}, "sts:AssumeRoleWithWebIdentity"),
        lets_in({"Federated": "arn:aws:iam::111122223333:saml-provider/corp"}, "sts:AssumeRoleWithSAML"),
        lets_in("*"),
    )

    assert trusted(made)[0] == Trusted(
        TrustedKind.ACCOUNT, "arn:aws:iam::444455556666:root", 444455556666, ("sts:externalid",), 0, "Vendor"
    )
    assert [one.kind for one in trusted(made)[1:]] == [
        TrustedKind.SERVICE,
        TrustedKind.WEB_IDENTITY,
        TrustedKind.SAML,
        TrustedKind.EVERYONE,
    ]


def test_it_shows_who_is_denied_again() -> None:
    who = {"AWS": "arn:aws:iam::111122223333:role/a"}

    found = trusted(trusting(lets_in(who), lets_in(who, Effect="Deny")))

    assert [one.is_denied for one in found] == [True]


def test_a_deny_of_another_call_denies_nobody() -> None:
    who = {"AWS": "arn:aws:iam::111122223333:role/a"}

    found = trusted(trusting(lets_in(who), lets_in("*", "sts:AssumeRoleWithSAML", Effect="Deny")))

    assert [one.is_denied for one in found] == [False]


@pytest.mark.parametrize("action", ["sts:SetSourceIdentity", "sts:TagSession"])
def test_a_statement_on_other_actions_lets_nobody_in(action: str) -> None:
    assert trusted(trusting(lets_in("*", action))) == ()


def test_everyone_comes_by_each_call_that_the_statement_takes() -> None:
    every = trusted(trusting(lets_in("*", "sts:Assume*")))
    web = trusted(trusting(lets_in({"Federated": "*"}, "sts:AssumeRoleWithWebIdentity")))

    assert [(one.kind, one.call) for one in every] == [
        (TrustedKind.EVERYONE, ASSUME),
        (TrustedKind.SAML, WITH_SAML),
        (TrustedKind.WEB_IDENTITY, WITH_WEB_IDENTITY),
    ]
    assert [one.kind for one in web] == [TrustedKind.WEB_IDENTITY]


def test_whom_a_deny_exempts_is_named_last() -> None:
    but_one = {"Effect": "Deny", "NotPrincipal": {"AWS": "444455556666"}, "Action": "sts:*"}

    assert [one.value for one in trusted(trusting(but_one, lets_in("*")))] == ["*", "444455556666"]


def test_a_trust_policy_that_does_not_parse_is_shown_as_such() -> None:
    broken = role(trust=PolicyDocument(PolicyKind.TRUST, "trust", "{"))

    assert [one.kind for one in trusted(broken)] == [TrustedKind.UNREADABLE]
    assert trusts_service(broken, IOT_CREDENTIAL_PROVIDER)
    assert takes_session_tags(broken)


def test_it_knows_whether_sessions_may_bring_tags() -> None:
    assert not takes_session_tags(trusting(lets_in("*")))
    assert takes_session_tags(trusting(lets_in("*", ["sts:AssumeRole", "sts:TagSession"])))
    assert takes_session_tags(role(trust=None))


def test_it_knows_whether_devices_are_let_in() -> None:
    assert trusts_service(trusting(lets_in({"Service": IOT_CREDENTIAL_PROVIDER})), IOT_CREDENTIAL_PROVIDER)
    assert not trusts_service(trusting(lets_in({"Service": "ec2.amazonaws.com"})), IOT_CREDENTIAL_PROVIDER)
