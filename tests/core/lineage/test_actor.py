import msgspec
import pytest

from app.core.lineage.actor import UNKNOWN, actor_of, key_kind_of
from app.core.model.event import Actor, ActorKind, KeyKind
from app.core.trailfile.shape import UserIdentity
from tests.builders.trail import ACCOUNT, ROLE_ARN, role_identity

NUMBER = int(ACCOUNT)


def identity(**fields) -> UserIdentity:
    return msgspec.convert(fields, UserIdentity)


@pytest.mark.parametrize(
    ("fields", "actor"),
    [
        (
            {"type": "IAMUser", "arn": f"arn:aws:iam::{ACCOUNT}:user/ops/ann", "accountId": ACCOUNT, "userName": "ann"},
            Actor(ActorKind.USER, f"arn:aws:iam::{ACCOUNT}:user/ops/ann", NUMBER),
        ),
        (
            {"type": "Root", "arn": f"arn:aws:iam::{ACCOUNT}:root", "accountId": ACCOUNT},
            Actor(ActorKind.ROOT, f"arn:aws:iam::{ACCOUNT}:root", NUMBER),
        ),
        (role_identity(), Actor(ActorKind.ROLE, ROLE_ARN, NUMBER, "night-shift")),
        (
            {"type": "AssumedRole", "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/Viewer/x", "accountId": ACCOUNT},
            Actor(ActorKind.ROLE, f"arn:aws:sts::{ACCOUNT}:assumed-role/Viewer", NUMBER, "x"),
        ),
        (
            {
                "type": "FederatedUser",
                "arn": f"arn:aws:sts::{ACCOUNT}:federated-user/bob",
                "accountId": ACCOUNT,
                "sessionContext": {"sessionIssuer": {"type": "IAMUser", "arn": f"arn:aws:iam::{ACCOUNT}:user/ann"}},
            },
            Actor(ActorKind.FEDERATED, f"arn:aws:iam::{ACCOUNT}:user/ann", NUMBER, "bob"),
        ),
        ({"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}, Actor(ActorKind.SERVICE, "ec2.amazonaws.com", None)),
        (
            {"type": "AWSAccount", "principalId": "AROAX:laptop", "accountId": "000000000044"},
            Actor(ActorKind.ACCOUNT, "account/000000000044/AROAX", 44, "laptop"),
        ),
        (
            {
                "type": "IdentityCenterUser",
                "accountId": ACCOUNT,
                "onBehalfOf": {"userId": "u-1", "identityStoreArn": "arn:s"},
            },
            Actor(ActorKind.PERSON, "arn:s/user/u-1", NUMBER, None, "u-1"),
        ),
        (
            {"type": "WebIdentityUser", "userName": "system:sa:viewer", "identityProvider": "token.example"},
            Actor(ActorKind.WEB_IDENTITY, "token.example:system:sa:viewer", None, None, "system:sa:viewer"),
        ),
        (
            {"type": "SAMLUser", "principalId": "q:ann", "userName": "ann@example.com", "identityProvider": "q"},
            Actor(ActorKind.SAML, "q:ann@example.com", None, None, "ann@example.com"),
        ),
        ({"type": "Novelty", "principalId": "P1"}, Actor(ActorKind.UNKNOWN, "P1", None)),
        ({}, UNKNOWN),
        (
            {"type": "IAMUser", "userName": "ann", "accountId": ACCOUNT},
            Actor(ActorKind.USER, "user/ann", NUMBER),
        ),
        (
            {"type": "AssumedRole", "principalId": "AROAX:x", "accountId": ACCOUNT, "sessionContext": {}},
            Actor(ActorKind.ROLE, "role/AROAX", NUMBER, "x"),
        ),
        (
            {"type": "Role", "arn": ROLE_ARN, "accountId": ACCOUNT},
            Actor(ActorKind.ROLE, ROLE_ARN, NUMBER),
        ),
        (
            {
                "type": "FederatedUser",
                "arn": f"arn:aws:sts::{ACCOUNT}:federated-user/bob",
                "accountId": ACCOUNT,
                "sessionContext": {"sessionIssuer": {"type": "Root", "arn": f"arn:aws:iam::{ACCOUNT}:root"}},
            },
            Actor(ActorKind.FEDERATED, f"arn:aws:iam::{ACCOUNT}:root", NUMBER, "bob"),
        ),
        (
            {"type": "AWSAccount", "accountId": "000000000044"},
            Actor(ActorKind.ACCOUNT, "account/000000000044/unknown", 44),
        ),
        ({"type": "AWSService"}, Actor(ActorKind.SERVICE, "an AWS service", None)),
        (
            {"invokedBy": "events.amazonaws.com", "accountId": ACCOUNT},
            Actor(ActorKind.SERVICE, "events.amazonaws.com", None),
        ),
        (
            {"type": "IdentityCenterUser", "accountId": ACCOUNT, "principalId": "p"},
            Actor(ActorKind.PERSON, "identity-center/user/p", NUMBER, None, "p"),
        ),
        ({"type": "SAMLUser", "principalId": "q:ann"}, Actor(ActorKind.SAML, "saml:q:ann", None, None, "q:ann")),
        ({"type": "WebIdentityUser"}, Actor(ActorKind.WEB_IDENTITY, "web-identity:unknown", None, None, "unknown")),
        (
            {"type": "Directory", "userName": "ann", "accountId": ACCOUNT},
            Actor(ActorKind.UNKNOWN, "ann", NUMBER),
        ),
        ({"type": "Unknown"}, Actor(ActorKind.UNKNOWN, "Unknown", None)),
    ],
    ids=[
        "IAMUser",
        "Root",
        "AssumedRole",
        "AssumedRole without issuer",
        "FederatedUser",
        "AWSService",
        "AWSAccount",
        "IdentityCenterUser",
        "WebIdentityUser",
        "SAMLUser",
        "a new type",
        "empty",
        "IAMUser without ARN",
        "AssumedRole of its principalId alone",
        "Role",
        "FederatedUser of root",
        "AWSAccount without principalId",
        "AWSService without name",
        "a service's event without type",
        "IdentityCenterUser without onBehalfOf",
        "SAMLUser without names",
        "WebIdentityUser without names",
        "Directory",
        "Unknown",
    ],
)
def test_it_names_the_durable_principal(fields, actor):
    assert actor_of(identity(**fields)) == actor


def test_nobody_is_known_without_an_identity():
    assert actor_of(None) == UNKNOWN


def with_context(role: str = ROLE_ARN, **context) -> UserIdentity:
    fields = role_identity()
    fields["sessionContext"] |= {"sessionIssuer": {"type": "Role", "arn": role}, **context}
    return identity(**fields)


SSO_ROLE = f"arn:aws:iam::{ACCOUNT}:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Admin_0123456789abcdef"
COGNITO = {
    "federatedProvider": "cognito-identity.amazonaws.com",
    "attributes": {"cognito-identity.amazonaws.com:aud": "pool", "cognito-identity.amazonaws.com:sub": "eu-west-1:abc"},
}


@pytest.mark.parametrize(
    ("whose", "person"),
    [
        (with_context(), None),
        (with_context(sourceIdentity="ann"), "ann"),
        (with_context(SSO_ROLE), "night-shift"),
        (with_context(f"arn:aws:iam::{ACCOUNT}:role/AWSReservedSSO_Fake_0123456789abcdef"), None),
        (with_context(webIdFederationData=COGNITO), "eu-west-1:abc"),
        (with_context(webIdFederationData={"attributes": {"accounts.example:sub": "42"}}), "42"),
        (with_context(webIdFederationData={"attributes": {}}), None),
    ],
    ids=["caller's choice", "source identity", "Identity Center", "look-alike", "Cognito", "OIDC", "no attributes"],
)
def test_it_names_a_person_only_where_aws_does(whose, person):
    assert actor_of(whose).person == person


def test_on_behalf_of_names_the_person_of_any_type():
    assert actor_of(identity(**role_identity(), onBehalfOf={"userId": "u-1"})).person == "u-1"


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"type": "IAMUser", "accessKeyId": "AKIAX"}, KeyKind.LONG_TERM),
        ({"type": "IAMUser", "accessKeyId": "ASIAX"}, KeyKind.TEMPORARY_OF_USER),
        ({"type": "Root", "accessKeyId": "ASIAX"}, KeyKind.TEMPORARY_OF_USER),
        ({"type": "AssumedRole", "accessKeyId": "ASIAX"}, KeyKind.TEMPORARY),
        ({"type": "FederatedUser", "accessKeyId": "ASIAX"}, KeyKind.TEMPORARY_OF_USER),
        ({"type": "Root", "accessKeyId": "ASIAX", "sessionContext": {"assumedRoot": "true"}}, KeyKind.TEMPORARY),
        ({"type": "AssumedRole", "accessKeyId": "EXAMPLE"}, KeyKind.TEMPORARY),
        ({"type": "IAMUser", "accessKeyId": "EXAMPLE"}, KeyKind.LONG_TERM),
        (
            {"type": "IAMUser", "accessKeyId": "EXAMPLE", "sessionContext": {"attributes": {}}},
            KeyKind.TEMPORARY_OF_USER,
        ),
        ({"type": "IAMUser", "accessKeyId": ""}, KeyKind.NONE),
        ({"type": "AWSService"}, KeyKind.NONE),
    ],
)
def test_it_tells_long_term_keys_from_temporary_ones(fields, kind):
    assert key_kind_of(identity(**fields)) is kind
