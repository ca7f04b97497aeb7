from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.coverage.silence import AROUND, HOUR, LEAST_AROUND, Silence, silences

START = datetime(2026, 11, 1, tzinfo=UTC)
END = START + timedelta(days=21)
NOON = START + timedelta(days=10, hours=12)
EVERY = tuple(START + n * HOUR for n in range(21 * 24))
WEEK, LEAST = AROUND // HOUR, LEAST_AROUND // HOUR


def hours(at: datetime, n: int = 1) -> list[datetime]:
    return [at + k * HOUR for k in range(n)]


def test_hours_without_a_file_between_weeks_of_files_are_a_silence() -> None:
    (found,) = silences(hours(NOON, 3), START, END)
    assert found == Silence(NOON, NOON + 3 * HOUR, 2 * WEEK, 2 * WEEK)
    assert found.reason == "no log file came for 3 hours, though 100 % of the hours around have one"
    assert found.open_from == NOON - timedelta(minutes=15)


def test_another_hour_of_the_week_is_forgiven_and_told_in_the_share_rounded_towards_less() -> None:
    found = silences([*hours(NOON), NOON - timedelta(days=3)], START, END)
    assert [one.start for one in found] == [NOON - timedelta(days=3), NOON]
    assert found[1].reason == "no log file came for 1 hour, though 99.7 % of the hours around have one"


@pytest.mark.parametrize("side", [-1, 1], ids=["before", "after"])
def test_two_more_hours_of_the_same_week_are_a_folder_that_is_silent_at_times(side: int) -> None:
    more = hours(NOON + side * timedelta(days=3), 2)
    assert NOON not in [one.start for one in silences([*hours(NOON), *more], START, END)]


@pytest.mark.parametrize("side", [-1, 1], ids=["before", "after"])
def test_what_lies_more_than_a_week_away_is_not_held_against_it(side: int) -> None:
    more = hours(NOON + side * timedelta(days=8), 12)
    assert NOON in [one.start for one in silences([*hours(NOON), *more], START, END)]


@pytest.mark.parametrize(
    ("start", "end"),
    [(NOON - LEAST_AROUND + HOUR, END), (START, NOON + LEAST_AROUND)],
    ids=["too little before", "too little after"],
)
def test_without_three_days_on_either_side_nobody_is_asked(start: datetime, end: datetime) -> None:
    assert silences(hours(NOON), start, end) == ()
    assert silences(hours(NOON), start - HOUR, end + HOUR) != ()


def test_more_than_a_day_is_told_by_whole_weeks_alone() -> None:
    """A plant that rests on its first weekend is not accused before the next one could show it."""
    day = hours(NOON, 24)
    assert silences(day, NOON - LEAST_AROUND, END) != ()
    assert silences([*day, NOON + 24 * HOUR], NOON - LEAST_AROUND, END) == ()
    assert silences([*day, NOON + 24 * HOUR], START, END) != ()


@given(st.integers(2, 23), st.integers(0, 23), st.integers(0, 6), st.sampled_from([1, 7]))
def test_what_is_silent_at_the_same_time_each_day_or_week_is_never_a_silence(
    length: int, hour: int, day: int, every: int
) -> None:
    """It shows as soon as two of it lie within a week on either side of all that lie well within the range."""
    quiet = [
        START + timedelta(days=d) + (hour + n) * HOUR
        for d in range(-1, 22)
        if every == 1 or d % 7 == day
        for n in range(length)
    ]
    inner = [h for h in quiet if START <= h < END]
    whole = [one for one in silences(inner, START, END) if one.start >= START + AROUND and one.end <= END - AROUND]
    assert whole == []


@given(st.sets(st.sampled_from(EVERY)))
def test_it_accuses_only_hours_without_a_file_whose_neighbours_have_one(empty: set[datetime]) -> None:
    found = silences(empty, START, END)
    for one in found:
        its = {hour for hour in EVERY if one.start <= hour < one.end}
        assert its <= empty
        assert {one.start - HOUR, one.end} & empty == set()
        for side in ((one.start - AROUND, one.start), (one.end, one.end + AROUND)):
            around = {hour for hour in EVERY if side[0] <= hour < side[1]}
            assert len(around) >= LEAST
            assert len(around - empty) >= 0.99 * len(around)
    assert [one.start for one in found] == sorted({one.start for one in found})
