import pytest

from app.core.model.sighting import Verdict
from tests.builders.assumptions import verdict
from tests.builders.trail import kvs_record

NAME = "media_reads_record_their_parameters"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({}, Verdict.CONFIRMS),
        ({"requestParameters": None}, Verdict.REFUTES),
        ({"requestParameters": ...}, Verdict.REFUTES),
        ({"requestParameters": "left out"}, Verdict.REFUTES),
        ({"requestParameters": None, "errorCode": "AccessDenied"}, None),
        ({"requestParameters": None, "eventName": "PutMedia"}, None),
    ],
    ids=["there", "null", "left out", "no object", "refused", "reads nothing"],
)
def test_it_looks_for_the_parameters_of_media_reads(changes, says):
    assert verdict(NAME, kvs_record(**changes)) is says
