from datetime import UTC, datetime

import pytest

from app.core.lineage.behind import Behind, BehindKind, behind, named_kind, workload_of
from app.core.lineage.chain import chain
from app.core.trailfile.shape import decoded
from tests.builders.assumptions import identity
from tests.builders.stored import arrival
from tests.builders.trail import ACCOUNT, assume_role_record, compact, kvs_record

KEY = "ASIAVIEWER0000000001"
AT = datetime(2026, 11, 1, 10, 15, tzinfo=UTC)
CERTIFICATE = "599efcf0" * 8


def begun(**changes) -> Behind | None:
    (session,) = arrival(assume_role_record(**changes)).sessions
    return behind(chain(KEY, {KEY: [session]}, AT))


def named(name: str) -> dict[str, str]:
    return {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/Any", "roleSessionName": name}


def service(name: str) -> dict[str, str]:
    return {"type": "AWSService", "invokedBy": name}


@pytest.mark.parametrize(
    ("changes", "kind", "name"),
    [
        ({}, BehindKind.USER, None),
        ({"userIdentity": {"type": "Root", "arn": f"arn:aws:iam::{ACCOUNT}:root"}}, BehindKind.ROOT, None),
        (
            {"userIdentity": service("credentials.iot.amazonaws.com"), "requestParameters": named(CERTIFICATE)},
            BehindKind.DEVICE,
            f"certificate {CERTIFICATE}",
        ),
        (
            {"userIdentity": service("credentials.iot.amazonaws.com"), "requestParameters": named("cam-1")},
            BehindKind.DEVICE,
            "device session cam-1",
        ),
        (
            {"userIdentity": service("ec2.amazonaws.com"), "requestParameters": named("i-0abc")},
            BehindKind.WORKLOAD,
            "i-0abc",
        ),
        (
            {
                "eventName": "AssumeRoleWithWebIdentity",
                "userIdentity": {
                    "type": "WebIdentityUser",
                    "userName": "eu-west-1:5f0c1d2e-0000-4000-8000-000000000001",
                    "identityProvider": "cognito-identity.amazonaws.com",
                },
            },
            BehindKind.COGNITO,
            "eu-west-1:5f0c1d2e-0000-4000-8000-000000000001",
        ),
        (
            {
                "eventName": "AssumeRoleWithWebIdentity",
                "userIdentity": {
                    "type": "WebIdentityUser",
                    "userName": "repo:o/r",
                    "identityProvider": "token.example",
                },
            },
            BehindKind.WEB_IDENTITY,
            "repo:o/r",
        ),
        (
            {"eventName": "AssumeRoleWithSAML", "userIdentity": {"type": "SAMLUser", "userName": "ann@example.com"}},
            BehindKind.PERSON,
            "ann@example.com",
        ),
    ],
    ids=["user", "root", "certificate", "device of another name", "instance", "Cognito", "OIDC", "SAML"],
)
def test_it_tells_what_began_a_chain(changes, kind, name):
    found = begun(**changes)
    assert found is not None
    assert (found.kind, found.name) == (kind, name)


@pytest.mark.parametrize(
    "caller",
    [identity(), {"type": "AWSAccount", "accountId": "000000000044", "principalId": "AROAX"}, None],
    ids=["a role whose own record was not seen", "another account", "nobody"],
)
def test_behind_a_break_stands_somebody_unseen(caller):
    assert begun(userIdentity=caller) is None


@pytest.mark.parametrize(
    ("person", "kind"),
    [
        ("eu-west-1:5f0c1d2e-0000-4000-8000-000000000001", BehindKind.COGNITO),
        ("ap-southeast-2:5f0c1d2e-0000-4000-8000-000000000001", BehindKind.COGNITO),
        ("ann@example.com", BehindKind.PERSON),
        ("eu-west-1:ann", BehindKind.PERSON),
    ],
)
def test_an_identity_of_a_pool_is_no_person(person, kind):
    assert named_kind(person) is kind


@pytest.mark.parametrize(
    ("scope", "workload"),
    [
        ({"issuerType": "AWS::Lambda::Function", "credentialsIssuedTo": "arn:f"}, "arn:f"),
        ({"sourceArn": "arn:s"}, "arn:s"),
        ({}, None),
        ("odd", None),
        (None, None),
    ],
)
def test_a_record_may_name_the_workload(scope, workload):
    shape = decoded(compact(kvs_record(userIdentity=identity(inScopeOf=scope))))
    assert workload_of(shape.user_identity) == workload
