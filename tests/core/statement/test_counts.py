"""Stored calls beside CloudWatch's own counts."""

from datetime import UTC, date, datetime, timedelta

from app.core.model.metric import RequestCount, RequestCounts
from app.core.statement.counts import DayCount, compared

DAY = timedelta(days=1)
START, NOW = datetime(2026, 11, 16, tzinfo=UTC), datetime(2026, 11, 23, 9, 41, tzinfo=UTC)
FIRST = date(2026, 11, 16)
ACTIONS = ("GetClip", "GetMedia")


def _reading(*counts: RequestCount, since: date = FIRST, days: int = 7) -> RequestCounts:
    return RequestCounts(since, since + days * DAY, counts)


def _count(action: str, requests: int, day: date = FIRST, stream: str = "ward-3") -> RequestCount:
    return RequestCount(stream, action, day, requests)


def test_requests_without_a_stored_call_are_missing() -> None:
    read = _reading(_count("GetMedia", 5), _count("GetClip", 2))
    found = compared([read], {("GetMedia", FIRST): 3, ("GetClip", FIRST): 2}, "ward-3", ACTIONS, START, NOW, NOW)
    assert found.missing == (DayCount(FIRST, "GetMedia", 5, 3),)
    assert found.missing[0].missing == 2


def test_more_stored_calls_than_requests_are_no_contradiction() -> None:
    found = compared([_reading(_count("GetMedia", 1))], {("GetMedia", FIRST): 9}, "ward-3", ACTIONS, START, NOW, NOW)
    assert found.missing == ()


def test_counts_of_other_streams_and_of_writing_calls_are_left_out() -> None:
    read = _reading(_count("GetMedia", 5, stream="ward-4"), _count("PutMedia", 5))
    assert compared([read], {}, "ward-3", ACTIONS, START, NOW, NOW).calls == ()


def test_what_players_ask_for_stands_apart_for_it_never_leaves_an_event() -> None:
    found = compared([_reading(_count("GetHLSMediaPlaylist", 40))], {}, "ward-3", ACTIONS, START, NOW, NOW)
    assert found.plays == (DayCount(FIRST, "GetHLSMediaPlaylist", 40, 0),)
    assert found.missing == ()


def test_days_that_no_reading_holds_are_not_compared() -> None:
    found = compared([_reading(days=2)], {}, "ward-3", ACTIONS, START, NOW, NOW)
    assert (found.days, found.not_compared) == (2, 6)
    assert found.left == tuple(FIRST + n * DAY for n in range(2, 8))


def test_a_day_is_compared_when_its_calls_had_two_hours_to_arrive() -> None:
    midnight = START + DAY
    read = [_reading(_count("GetMedia", 1))]
    early = compared(read, {}, "ward-3", ACTIONS, START, midnight, midnight + timedelta(hours=1))
    late = compared(read, {}, "ward-3", ACTIONS, START, midnight, midnight + timedelta(hours=2))
    assert (early.days, early.not_compared) == (0, 1)
    assert (late.days, late.not_compared) == (1, 0)


def test_of_a_day_the_newest_reading_tells() -> None:
    readings = [_reading(_count("GetMedia", 1)), _reading(_count("GetMedia", 4))]
    found = compared(readings, {}, "ward-3", ACTIONS, START, NOW, NOW)
    assert [one.requests for one in found.calls] == [4]


def test_an_interval_that_ends_at_midnight_does_not_touch_the_next_day() -> None:
    found = compared([], {}, "ward-3", ACTIONS, START, START + DAY, NOW)
    assert found.not_compared == 1
