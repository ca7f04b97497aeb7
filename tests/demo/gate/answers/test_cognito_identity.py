import pytest
from botocore.exceptions import ClientError

from app.demo.emulator import Emulator
from tests.demo.conftest import client_of


def test_a_pool_tells_the_roles_that_it_hands_out():
    with Emulator(days=0) as aws:
        cognito = client_of(aws)("cognito-identity", "webrtc-intercom")
        pool = cognito.list_identity_pools(MaxResults=10)["IdentityPools"][0]
        roles = cognito.get_identity_pool_roles(IdentityPoolId=pool["IdentityPoolId"])["Roles"]
        described = cognito.describe_identity_pool(IdentityPoolId=pool["IdentityPoolId"])
        with pytest.raises(ClientError, match="ResourceNotFoundException"):
            cognito.get_identity_pool_roles(IdentityPoolId="eu-central-1:00000000-0000-4000-a000-000000000000")

    assert roles["unauthenticated"] == "arn:aws:iam::417730098245:role/IntercomAppGuest"
    assert described["AllowUnauthenticatedIdentities"]
