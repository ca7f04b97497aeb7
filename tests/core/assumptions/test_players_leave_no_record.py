import pytest

from app.core.model.sighting import Verdict
from tests.builders.assumptions import shown, verdict
from tests.builders.trail import kvs_record

NAME = "players_leave_no_record"


@pytest.mark.parametrize("action", ["GetMP4MediaFragment", "GetHLSMediaPlaylist", "GetDASHManifest"])
def test_a_record_of_a_player_s_request_refutes_it(action):
    assert verdict(NAME, kvs_record(eventName=action)) is Verdict.REFUTES


def test_the_call_that_issues_the_url_says_nothing():
    assert shown(NAME, kvs_record(eventName="GetHLSStreamingSessionURL"), kvs_record()) == ()
