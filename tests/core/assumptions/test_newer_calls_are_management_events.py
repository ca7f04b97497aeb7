import pytest

from app.core.model.sighting import Verdict
from tests.builders.assumptions import verdict
from tests.builders.trail import kvs_record

NAME = "newer_calls_are_management_events"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"eventCategory": "Data"}, Verdict.REFUTES),
        ({"eventCategory": "Management"}, Verdict.CONFIRMS),
        ({"eventCategory": ..., "managementEvent": True}, Verdict.CONFIRMS),
        ({"eventCategory": ..., "managementEvent": ...}, None),
    ],
    ids=["data", "management", "an older record", "a record that does not tell"],
)
def test_it_takes_the_word_of_the_record(changes, says):
    assert verdict(NAME, kvs_record(eventName="UpdateNotificationConfiguration", **changes)) is says


def test_other_calls_say_nothing():
    assert verdict(NAME, kvs_record(eventName="GetMedia")) is None
