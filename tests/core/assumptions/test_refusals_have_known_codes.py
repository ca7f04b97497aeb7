import pytest

from app.core.model.sighting import Verdict
from tests.builders.assumptions import verdict
from tests.builders.trail import kvs_record

NAME = "refusals_have_known_codes"
MESSAGE = "User: arn:aws:iam::111122223333:user/ann is not authorized to perform: kinesisvideo:GetMedia"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"errorCode": "AccessDenied", "errorMessage": MESSAGE}, Verdict.CONFIRMS),
        ({"errorCode": "NotAuthorizedException", "errorMessage": MESSAGE}, Verdict.CONFIRMS),
        ({"errorCode": "ForbiddenException", "errorMessage": MESSAGE}, Verdict.REFUTES),
        ({"errorCode": "ResourceNotFoundException", "errorMessage": "no such stream"}, None),
        ({}, None),
    ],
    ids=["CloudTrail's", "the API's", "another", "another error", "none"],
)
def test_it_judges_the_code_of_a_refusal(changes, says):
    assert verdict(NAME, kvs_record(**changes)) is says
