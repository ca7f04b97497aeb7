import pytest

from app.core.model.sighting import Verdict
from tests.builders.assumptions import identity, verdict
from tests.builders.trail import ACCOUNT, kvs_record

NAME = "services_name_themselves"
LINKED = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/rekognition.amazonaws.com/AWSServiceRoleForRekognition"


def by(role: str, **fields):
    return kvs_record(userIdentity=identity(sessionContext={"sessionIssuer": {"type": "Role", "arn": role}}, **fields))


@pytest.mark.parametrize(
    ("record", "says"),
    [
        (by(LINKED, invokedBy="rekognition.amazonaws.com"), Verdict.CONFIRMS),
        (by(LINKED), Verdict.REFUTES),
        (by(f"arn:aws:iam::{ACCOUNT}:role/Viewer"), None),
    ],
    ids=["named", "not named", "no service-linked role"],
)
def test_it_looks_for_the_service_behind_a_service_linked_role(record, says):
    assert verdict(NAME, record) is says
