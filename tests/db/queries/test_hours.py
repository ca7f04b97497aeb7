from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from app.db.queries.hours import DAY, HOUR, HOURS, Stretch, bars_of, plus, rolled_up, stretches, sum_of

START = datetime(2026, 11, 2, tzinfo=UTC)


@given(first=st.integers(0, 100), length=st.integers(0, 100))
def test_stretches_are_each_hour_of_a_range_once_and_its_whole_days_together(first, length):
    start, end = START + first * HOUR, START + (first + length) * HOUR
    found = stretches(start, end)
    hours = [
        datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
        for one in found
        for day in (one.since + n * DAY for n in range((one.until - one.since).days))
        for hour in range(one.first, one.last)
    ]
    assert hours == [start + n * HOUR for n in range(length)]
    assert sum(one.is_whole for one in found) <= 1
    assert len(found) <= 3


@pytest.mark.parametrize(
    ("stretch", "width", "bars"),
    [
        (Stretch(START.date(), START.date(), 0, 24), 6 * HOUR, [(0, 6), (6, 12), (12, 18), (18, 24)]),
        (Stretch(START.date(), START.date(), 0, 24), 7 * DAY, [(0, 24)]),
        (Stretch(START.date(), START.date(), 21, 24), 6 * HOUR, [(21, 22), (22, 23), (23, 24)]),
        (Stretch(START.date(), START.date(), 0, 2), 7 * DAY, [(0, 1), (1, 2)]),
    ],
)
def test_whole_days_are_cut_as_wide_as_bars_and_their_ends_by_the_hour(stretch, width, bars):
    assert bars_of(stretch, width) == bars


@pytest.fixture
def counted(engine: Engine):
    """Count calls at the hours of a day, of which some were refused, as the rollup does."""

    def count(*hours: int, refused: int = 0, what: str = "hourly, hourly_errors, n, errors") -> tuple:
        times = [START + hour * HOUR + timedelta(minutes=59) for hour in hours]
        codes = ["No" if n < refused else None for n in range(len(hours))]
        calls = """(select 1 as account_id, 2 as action_id, event_time, error_code
                    from unnest(cast(:times as timestamptz[]), cast(:codes as text[])) e (event_time, error_code)) c"""
        with engine.connect() as connection:
            sql = text(f"select {what} from ({rolled_up(calls)}) rows")
            return tuple(connection.execute(sql, {"times": times, "codes": codes}).one())

    return count


def test_a_day_of_calls_is_a_row_with_a_count_for_each_hour(counted):
    hourly, hourly_errors, n, errors = counted(0, 5, 5, 23, refused=2)
    assert (n, errors) == (4, 2)
    assert {hour: calls for hour, calls in enumerate(hourly) if calls} == {0: 1, 5: 2, 23: 1}
    assert {hour: calls for hour, calls in enumerate(hourly_errors) if calls} == {0: 1, 5: 1}
    assert len(hourly) == len(hourly_errors) == len(HOURS)


def test_hours_are_summed_from_the_first_to_before_the_last(counted):
    assert counted(0, 5, 5, 6, 23, refused=2, what=sum_of("hourly", 5, 7)) == (3,)
    assert counted(0, 5, 5, 6, 23, refused=2, what=sum_of("hourly_errors", 0, 5)) == (1,)


def test_a_row_is_added_to_another_and_taken_off_again(engine: Engine):
    calls = (
        "(select 1 as account_id, 2 as action_id, timestamptz '2026-11-02 07:00Z' as event_time, 'No' as error_code) c"
    )
    told = "select n, errors, hourly[8], hourly_errors[8], hourly[9] from mine"
    with engine.connect() as connection:
        connection.execute(text(f"create temporary table mine on commit drop as {rolled_up(calls)}"))
        found = [connection.execute(text(told)).one()]
        for sign in "+-":
            connection.execute(text(f"update mine set {plus('mine', 'g', sign)} from ({rolled_up(calls)}) g"))
            found.append(connection.execute(text(told)).one())
    assert found == [(1, 1, 1, 1, 0), (2, 2, 2, 2, 0), (1, 1, 1, 1, 0)]
