import json
from datetime import UTC, datetime, timedelta

import pytest

from app.demo.documents import allow, deny, policy
from app.demo.emulator import Emulator
from app.demo.gate.callers import Caller, caller_of, iam, identity_documents
from app.demo.gate.errors import AwsError
from tests.demo.conftest import assumed, client_of
from tests.demo.gate.test_call import identify, request

NOW = datetime(2026, 11, 23, 9, 41, tzinfo=UTC)
CAMERAS = "310045578826"


def test_a_session_that_is_over_is_refused():
    with Emulator(small=True, days=0) as aws:
        credentials = assumed(aws, "cams-prod-eu", DurationSeconds=900).get_credentials()
        call = identify(request("kinesisvideo", path="/listStreams"))
        call = type(call)(
            **{
                **{name: getattr(call, name) for name in call.__slots__},
                "access_key": credentials.access_key,
                "account": CAMERAS,
            }
        )
        inside = caller_of(call, aws.now + timedelta(minutes=14))
        with pytest.raises(AwsError) as over:
            caller_of(call, aws.now + timedelta(minutes=16))

    assert inside.arn.endswith("assumed-role/kvswatch-member/kvswatch-test")
    assert over.value.code == "ExpiredTokenException"


def test_an_inactive_key_is_nobodys():
    with Emulator(small=True, days=0) as aws:
        key = next(user for user in aws.estate.account(CAMERAS).cast.users if user.name == "old-contractor").keys[0]
        call = identify(request("iam", body=b"Action=GetUser", CONTENT_TYPE="application/x-www-form-urlencoded"))
        call = type(call)(
            **{**{name: getattr(call, name) for name in call.__slots__}, "access_key": key.id, "account": CAMERAS}
        )
        with pytest.raises(AwsError) as refused:
            caller_of(call, aws.now)

    assert refused.value.code == "InvalidClientTokenId"


def test_a_users_documents_are_their_own_and_their_groups():
    with Emulator(small=True, days=0):
        documents = identity_documents(Caller(CAMERAS, "arn", user="old-contractor"))
        nobody = identity_documents(Caller(CAMERAS, "arn", role_arn="arn:aws:iam::310045578826:role/nobody"))

    assert len(documents) == 1
    assert any("cloudtrail:LookupEvents" in statement.get("Action", []) for statement in documents[0]["Statement"])
    assert nobody == []


def test_the_version_in_force_counts():
    with Emulator(small=True, days=0) as aws:
        backend, fresh = iam(CAMERAS), policy(allow("logs:PutLogEvents"))
        arn = f"arn:aws:iam::{CAMERAS}:policy/Quarantine"
        backend.create_policy_version(arn, json.dumps(fresh), "true")
        backend.attach_role_policy(arn, "TagSync")
        documents = identity_documents(Caller(CAMERAS, "arn", role_arn=f"arn:aws:iam::{CAMERAS}:role/TagSync"))
        versions = client_of(aws)("iam").list_policy_versions(PolicyArn=arn)["Versions"]

    assert fresh in documents
    assert policy(deny("*")) not in documents
    assert len(versions) == 2
