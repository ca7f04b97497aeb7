from datetime import datetime, timedelta
from itertools import pairwise

from tests.demo.stories.conftest import calls

URL = "GetHLSStreamingSessionURL"


def test_some_urls_live_for_twelve_hours_and_the_others_for_minutes(tell):
    def lifetimes(number: int) -> list[int]:
        return [r["requestParameters"]["expires"] for r in calls(tell("long_url", number), URL)]

    assert lifetimes(-1) == [300, 43_200]
    assert lifetimes(0) == [43_200, 300, 43_200]
    assert lifetimes(-6) == [300]


def test_from_the_first_long_one_on_there_is_always_one_alive(tell):
    told = [r for number in (-1, 0) for r in calls(tell("long_url", number), URL)]
    times = [datetime.fromisoformat(r["eventTime"]) for r in told if r["requestParameters"]["expires"] == 43_200]

    # Its log file comes within a quarter of an hour.
    assert all(later - earlier < timedelta(hours=11, minutes=30) for earlier, later in pairwise(times))
    assert times[-1] + timedelta(hours=12) > datetime.fromisoformat(told[-1]["eventTime"]).replace(hour=23, minute=59)


def test_it_is_asked_for_by_a_person(tell):
    url = calls(tell("long_url", -1), URL)[-1]

    assert url["userIdentity"]["principalId"].endswith(":jonas.weil@halden.example")
    assert url["requestParameters"]["streamName"] == "lobby-east"
