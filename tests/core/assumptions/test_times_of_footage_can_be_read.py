import pytest

from app.core.model.sighting import Verdict
from tests.builders.assumptions import verdict
from tests.builders.trail import kvs_record

NAME = "times_of_footage_can_be_read"


def clip(**times):
    selector = {"fragmentSelectorType": "SERVER_TIMESTAMP", "timestampRange": times}
    return kvs_record(eventName="GetClip", requestParameters={"clipFragmentSelector": selector})


@pytest.mark.parametrize(
    ("record", "says"),
    [
        (clip(startTimestamp="Oct 31, 2026, 10:00:00 PM", endTimestamp=1793484000), Verdict.CONFIRMS),
        (clip(startTimestamp="2026-10-31T22:00:00Z", endTimestamp="31.10.2026"), Verdict.REFUTES),
        (clip(startTimestamp={"seconds": 1}), None),
        (clip(), None),
        (kvs_record(), None),
    ],
    ids=["two forms that are known", "one that is not", "no time but an object", "none", "GetMedia from now"],
)
def test_it_judges_whether_times_could_be_read(record, says):
    assert verdict(NAME, record) is says
