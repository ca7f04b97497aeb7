import pytest

from app.core.model.sighting import Verdict
from tests.builders.assumptions import verdict
from tests.builders.trail import kvs_record

NAME = "calls_come_from_one_source"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({}, Verdict.CONFIRMS),
        ({"eventSource": " kinesisvideo.amazonaws.com"}, Verdict.CONFIRMS),
        ({"eventSource": "kinesisvideomedia.amazonaws.com"}, Verdict.REFUTES),
        ({"eventSource": "media.example"}, Verdict.REFUTES),
        ({"eventName": "ListStreams"}, None),
    ],
    ids=["the source", "white space", "another of its prefix", "kept by its resource", "a documented call"],
)
def test_it_compares_the_source_of_media_calls(changes, says):
    assert verdict(NAME, kvs_record(**changes)) is says
