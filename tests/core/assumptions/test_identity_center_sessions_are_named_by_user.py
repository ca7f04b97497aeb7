import pytest

from app.core.model.sighting import Verdict
from tests.builders.assumptions import verdict
from tests.builders.trail import ACCOUNT, assume_role_record

NAME = "identity_center_sessions_are_named_by_user"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Admin_0123456789abcdef"


def sign_on(session: str, *, role: str = ROLE, user: str | None = "ann@example.com", **changes):
    return assume_role_record(
        eventName="AssumeRoleWithSAML",
        userIdentity={"type": "SAMLUser", "userName": user, "identityProvider": "q"},
        requestParameters={"roleArn": role, "roleSessionName": session},
        **changes,
    )


@pytest.mark.parametrize(
    ("record", "says"),
    [
        (sign_on("ann@example.com"), Verdict.CONFIRMS),
        (sign_on("somebody"), Verdict.REFUTES),
        (sign_on("somebody", role=f"arn:aws:iam::{ACCOUNT}:role/Viewer"), None),
        (sign_on("somebody", user=None), None),
        (sign_on("somebody", errorCode="AccessDenied"), None),
        (assume_role_record(requestParameters={"roleArn": ROLE, "roleSessionName": "ann"}), None),
    ],
    ids=["the same", "another", "a role of another kind", "no user named", "refused", "no sign-on"],
)
def test_it_compares_the_session_with_its_user(record, says):
    assert verdict(NAME, record) is says
