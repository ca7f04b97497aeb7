import pytest

from app.core.model.sighting import Verdict
from tests.builders.assumptions import verdict
from tests.builders.trail import kvs_record

NAME = "long_calls_are_stamped_at_their_end"


def test_a_call_stamped_after_its_credentials_had_run_out_ended_then():
    # The session of the builder was issued at 10:00.
    assert verdict(NAME, kvs_record(eventTime="2026-11-01T22:00:01Z")) is Verdict.CONFIRMS


@pytest.mark.parametrize(
    "changes",
    [
        {"eventTime": "2026-11-01T22:00:00Z"},
        {"eventTime": "2026-11-01T23:00:00Z", "errorCode": "AccessDenied"},
        {"eventTime": "2026-11-01T23:00:00Z", "eventName": "GetClip"},
        {"eventTime": "2026-11-01T23:00:00Z", "userIdentity": {"type": "IAMUser", "accessKeyId": "AKIAX"}},
        {"eventTime": "2026-11-01T23:00:00Z", "userIdentity": {"type": "AssumedRole", "sessionContext": {}}},
    ],
    ids=["within twelve hours", "refused", "a short call", "a long-term key", "no creation date"],
)
def test_what_could_have_begun_when_it_is_stamped_says_nothing(changes):
    assert verdict(NAME, kvs_record(**changes)) is None
