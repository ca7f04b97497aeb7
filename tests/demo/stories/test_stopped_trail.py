from tests.demo.stories.conftest import ESTATE, calls, day


def test_the_trail_is_stopped_in_the_evening_and_started_in_the_morning(tell):
    stop = calls(tell("stopped_trail", -3), "StopLogging")[0]
    start = calls(tell("stopped_trail", -3), "StartLogging")[0]

    assert stop["eventTime"] == "2026-11-20T22:10:12Z"
    assert start["eventTime"] == "2026-11-21T04:34:12Z"
    trail = next(t for t in ESTATE.account("clinic-video").trails if t.name == "clinic-media-trail")
    assert stop["requestParameters"] == {"name": trail.arn}
    assert "tomas.brandt" in stop["userIdentity"]["arn"]


def test_it_is_told_at_the_same_moment_whatever_day_is_asked(tell):
    assert tell("stopped_trail", -3) == tell("stopped_trail", 0)
    assert day(0).midnight != day(-3).midnight
