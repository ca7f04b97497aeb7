import pytest

from app.core.model.sighting import Verdict
from tests.builders.assumptions import identity, verdict
from tests.builders.trail import kvs_record

NAME = "cognito_sessions_name_their_identity"
POOL = "cognito-identity.amazonaws.com"


def of(federation):
    return kvs_record(userIdentity=identity(sessionContext={"webIdFederationData": federation}))


@pytest.mark.parametrize(
    ("federation", "says"),
    [
        ({"federatedProvider": POOL, "attributes": {f"{POOL}:sub": "eu-west-1:abc"}}, Verdict.CONFIRMS),
        ({"federatedProvider": POOL, "attributes": {}}, Verdict.REFUTES),
        ({"federatedProvider": POOL, "attributes": {f"{POOL}:sub": ""}}, Verdict.REFUTES),
        ({"federatedProvider": "accounts.example", "attributes": {}}, None),
        ({}, None),
    ],
    ids=["named", "no attributes", "empty", "another provider", "not federated"],
)
def test_it_looks_for_the_identity_of_a_cognito_session(federation, says):
    assert verdict(NAME, of(federation)) is says
