import pytest

from app.core.model.sighting import Verdict
from tests.builders.assumptions import verdict
from tests.builders.trail import kvs_record

NAME = "playback_urls_are_data_events"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"eventCategory": "Data"}, Verdict.CONFIRMS),
        ({"eventCategory": "Management"}, Verdict.REFUTES),
        ({"eventCategory": ..., "managementEvent": True}, Verdict.REFUTES),
        ({"eventCategory": ..., "managementEvent": ...}, None),
    ],
    ids=["data", "management", "an older record", "a record that does not tell"],
)
def test_it_takes_the_word_of_the_record(changes, says):
    assert verdict(NAME, kvs_record(eventName="GetHLSStreamingSessionURL", **changes)) is says


def test_other_calls_say_nothing():
    assert verdict(NAME, kvs_record(eventName="GetMedia")) is None
