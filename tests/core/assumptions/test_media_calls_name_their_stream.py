import pytest

from app.core.model.sighting import Verdict
from tests.builders.assumptions import verdict
from tests.builders.trail import kvs_record

NAME = "media_calls_name_their_stream"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({}, Verdict.CONFIRMS),
        ({"resources": ..., "requestParameters": {"StreamName": "front-door"}}, Verdict.CONFIRMS),
        ({"resources": ..., "requestParameters": {"stream": "front-door"}}, Verdict.REFUTES),
        ({"resources": ..., "requestParameters": None}, Verdict.REFUTES),
        ({"resources": ..., "requestParameters": None, "errorCode": "AccessDenied"}, None),
    ],
    ids=["by ARN", "by name in any case", "under another name", "nowhere", "refused"],
)
def test_it_judges_whether_a_stream_could_be_found(changes, says):
    assert verdict(NAME, kvs_record(**changes)) is says
