from dataclasses import replace
from datetime import date, timedelta

from app.core.assumptions._together import OneDay
from app.core.ledger.counted import CountedDay, counted_days, ends_alike
from app.core.model.metric import RequestCount, RequestCounts
from tests.builders import facts, iam

TODAY = facts.NOW.date()
CAMERA = iam.stream(iam.CAMERA)


def day(before: int) -> date:
    return TODAY - timedelta(days=before)


def counted(*counts: RequestCount, logged=None):
    read = RequestCounts(day(14), TODAY, counts)
    snapshot = replace(facts.posture().snapshot, streams=(CAMERA,), metrics=((CAMERA.region, read),))
    return list(counted_days(snapshot, logged or {}, facts.NOW))


def test_a_stream_that_cloudwatch_names_is_held_against_the_events_of_its_arn():
    (one,) = counted(RequestCount(CAMERA.name, "PutMedia", day(3), 32), logged={(CAMERA.arn, "PutMedia", day(3)): 31})
    assert one == CountedDay(CAMERA.arn, day(3), OneDay("PutMedia", 32, 31))


def test_other_calls_days_without_requests_and_a_day_that_is_not_over_are_left_out():
    found = counted(
        RequestCount(CAMERA.name, "GetMedia", day(3), 32),
        RequestCount(CAMERA.name, "PutMedia", day(3), 0),
        RequestCount(CAMERA.name, "PutMedia", TODAY, 32),
    )
    assert found == []


def days(*stored: int) -> list[CountedDay]:
    """Return days of 32 requests, the newest first, with so many events."""
    return [CountedDay(CAMERA.arn, day(n), OneDay("PutMedia", 32, events)) for n, events in enumerate(stored, start=1)]


def test_the_first_and_the_newest_day_with_equal_counts_are_told():
    assert [one.day for one in ends_alike(days(31, 32, 32, 32, 31))] == [day(4), day(2)]


def test_a_few_days_with_equal_counts_are_coincidence():
    assert ends_alike(days(32, 32)) == ()


def test_three_streams_of_one_day_are_one_day():
    of_one_day = [replace(one, stream=f"{CAMERA.arn}-{n}", day=day(1)) for n, one in enumerate(days(32, 32, 32))]
    assert ends_alike(of_one_day) == ()
    assert ends_alike([*of_one_day, *days(31, 32, 32)]) != ()


def test_of_more_days_that_differ_those_with_equal_counts_are_coincidence():
    assert ends_alike(days(32, 32, 32, 64, 64, 64)) != ()
    assert ends_alike(days(32, 32, 32, 64, 64, 64, 64)) == ()


def test_days_without_events_speak_for_nothing():
    assert ends_alike(days(32, 32, 32, 0, 0, 0, 0)) != ()
    assert ends_alike(days(0, 0, 0)) == ()
