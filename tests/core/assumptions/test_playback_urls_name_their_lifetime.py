import pytest

from app.core.model.sighting import Verdict
from tests.builders.assumptions import verdict
from tests.builders.trail import kvs_record

NAME = "playback_urls_name_their_lifetime"


@pytest.mark.parametrize(
    ("action", "request_", "says"),
    [
        ("GetHLSStreamingSessionURL", {"expires": 3600}, Verdict.CONFIRMS),
        ("GetDASHStreamingSessionURL", {"Expires": 3600}, Verdict.REFUTES),
        ("GetHLSStreamingSessionURL", {"playbackMode": "LIVE"}, None),
        ("GetHLSStreamingSessionURL", None, None),
        ("GetMedia", {"expires": 3600}, None),
    ],
)
def test_it_looks_for_the_lifetime_under_its_name(action, request_, says):
    assert verdict(NAME, kvs_record(eventName=action, requestParameters=request_)) is says
