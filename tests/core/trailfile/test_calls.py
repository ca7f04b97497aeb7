from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from app.core.trailfile.calls import CallPace, Point, Stretch, calls_of, from_json, surveyed, to_json

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
START = NOW - 90 * DAY
LOOKS = 12


class Past:
    """A past whose calls a day are given by the days ago; it counts how often it is looked at."""

    def __init__(self, rate: Callable[[float], float]) -> None:
        self.rate, self.looks = rate, 0

    def look(self, at: datetime) -> Point:
        self.looks += 1
        return Point(at, at - HOUR, self.rate((NOW - at) / DAY))

    def told(self) -> float:
        newest = Point(NOW, NOW, self.rate(0))
        return sum(one.calls(START, NOW) for one in surveyed(newest, START, LOOKS, self.look))

    def real(self) -> float:
        return sum(self.rate(n / 100) for n in range(9000)) / 100


@pytest.mark.parametrize(
    ("rate", "least", "most"),
    [
        (lambda _: 40.0, 0.99, 1.01),
        (lambda ago: 40.0 if ago % 1 < 0.5 else 10.0, 0.7, 1.4),
        (lambda ago: 80 * 0.97**ago, 0.9, 1.1),
        (lambda ago: 40.0 if ago < 17 else 0.0, 0.7, 1.4),
        (lambda ago: 40.0 if ago > 61 else 0.0, 0.7, 1.4),
    ],
    ids=["even", "by day", "grown", "begun", "ended"],
)
def test_some_looks_tell_of_all_of_the_past(rate: Callable[[float], float], least: float, most: float) -> None:
    past = Past(rate)
    assert least <= past.told() / past.real() <= most
    assert past.looks <= LOOKS


def test_an_even_past_takes_half_of_the_looks() -> None:
    past = Past(lambda _: 40.0)
    past.told()
    assert past.looks == LOOKS / 2


def test_what_a_page_reached_is_not_looked_at_again() -> None:
    found = surveyed(Point(NOW, NOW, 1.0), START, LOOKS, lambda at: Point(at, START, 0.1))
    assert sum(one.calls(START, NOW) for one in found) < 9 + 15
    assert len(found) <= 2 * 3 + 1


def pace() -> CallPace:
    return CallPace((Stretch(START, NOW, 10.0),))


def test_what_is_left_is_what_was_sampled_of_it() -> None:
    assert pace().left(START, NOW - 80 * DAY) == pytest.approx(100)
    assert pace().left(START, START) == 1.0
    assert CallPace().left(START, NOW) is None


def test_what_was_read_corrects_what_is_left() -> None:
    read = pace()
    for n in range(40):
        read.took(NOW - (n + 1) * DAY / 20, NOW - n * DAY / 20, NOW + n * timedelta(seconds=2))
    assert read.left(START, NOW - 2 * DAY) == pytest.approx(88 * 20)


def test_all_passes_are_one_past_and_its_rate_is_that_of_the_last_at_work() -> None:
    done, at_work, not_begun = pace(), pace(), pace()
    for n in range(30):
        done.took(NOW, NOW, NOW + n * timedelta(seconds=10))
        at_work.took(NOW, NOW, NOW + timedelta(hours=1) + n * timedelta(seconds=2))
    found = calls_of([(done, None), (at_work, (START, NOW - 60 * DAY)), (not_begun, (START, NOW - 60 * DAY))])
    assert (found.files, found.size, found.files_left, found.size_left) == (60, 0, 600, 0)
    assert found.per_s == pytest.approx(0.5)
    assert calls_of([(done, None), (CallPace(), (START, NOW))]).files_left is None


def test_it_is_kept_with_the_cursor() -> None:
    read = pace()
    read.took(START, NOW, NOW)
    assert from_json(to_json(read)) == read
    assert from_json(None) == CallPace()
