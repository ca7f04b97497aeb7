import pytest

from app.core.model.sighting import Verdict
from tests.builders.assumptions import verdict
from tests.builders.trail import kvs_record

NAME = "media_calls_name_their_resource"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({}, Verdict.CONFIRMS),
        ({"resources": ...}, Verdict.REFUTES),
        ({"resources": [{"type": "AWS::KMS::Key", "ARN": "arn:k"}]}, Verdict.REFUTES),
        ({"resources": [{"type": "AWS::KinesisVideo::Stream"}]}, Verdict.REFUTES),
        ({"resources": ..., "errorCode": "AccessDenied"}, None),
        ({"resources": ..., "eventName": "DescribeStream"}, None),
    ],
    ids=["named", "none", "of another service", "without ARN", "refused", "a management call"],
)
def test_it_judges_resources_of_media_calls(changes, says):
    assert verdict(NAME, kvs_record(**changes)) is says
