import pytest

from app.core.model.sighting import Verdict
from tests.builders.assumptions import verdict
from tests.builders.trail import kvs_record

NAME = "parameters_have_a_small_first_letter"
RANGE = {"startTimestamp": "Oct 31, 2026, 10:00:00 PM", "endTimestamp": "Oct 31, 2026, 11:00:00 PM"}
CLIP = {"fragmentSelectorType": "SERVER_TIMESTAMP", "timestampRange": RANGE}


@pytest.mark.parametrize(
    ("action", "request_", "says"),
    [
        ("GetMedia", {"streamName": "s", "startSelector": {"startSelectorType": "NOW"}}, Verdict.CONFIRMS),
        ("GetMedia", {"streamName": "s", "StartSelector": {"StartSelectorType": "NOW"}}, Verdict.REFUTES),
        ("GetMedia", {"streamName": "s"}, Verdict.REFUTES),
        ("GetMedia", {}, None),
        ("GetMedia", None, None),
        ("GetClip", {"clipFragmentSelector": CLIP}, Verdict.CONFIRMS),
        ("GetClip", {"clipFragmentSelector": {"fragmentSelectorType": "SERVER_TIMESTAMP"}}, Verdict.REFUTES),
        ("GetImages", {"imageSelectorType": "SERVER_TIMESTAMP", **RANGE}, Verdict.CONFIRMS),
        ("GetMediaForFragmentList", {"fragments": ["1"]}, Verdict.CONFIRMS),
        ("ListFragments", {"fragmentSelector": CLIP}, Verdict.CONFIRMS),
        ("ListFragments", {"nextToken": "t"}, None),
        ("GetHLSStreamingSessionURL", {"hLSFragmentSelector": CLIP}, Verdict.CONFIRMS),
        ("GetHLSStreamingSessionURL", {"hlsFragmentSelector": CLIP}, Verdict.REFUTES),
        ("GetHLSStreamingSessionURL", {"playbackMode": "LIVE"}, None),
        ("GetDASHStreamingSessionURL", {"dASHFragmentSelector": CLIP}, Verdict.CONFIRMS),
    ],
)
def test_it_looks_for_the_names_that_are_expected(action, request_, says):
    assert verdict(NAME, kvs_record(eventName=action, requestParameters=request_)) is says


def test_a_refused_call_may_lack_what_is_required():
    assert verdict(NAME, kvs_record(requestParameters={"streamName": "s"}, errorCode="AccessDenied")) is None


def test_a_value_of_that_name_is_no_parameter():
    forged = {"streamName": "startSelector", "note": {"deep": {"deeper": {"startSelector": 1}}}}
    assert verdict(NAME, kvs_record(requestParameters=forged)) is Verdict.REFUTES
