from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.timeline.buckets import MOST_BARS, Counts, buckets, floor, laid_out

NOW = datetime(2026, 11, 23, 12, 34, 56, tzinfo=UTC)


@pytest.mark.parametrize(
    ("length", "width"),
    [
        (timedelta(minutes=1), timedelta(seconds=1)),
        (timedelta(hours=1), timedelta(seconds=15) * 4),
        (timedelta(hours=24), timedelta(minutes=15)),
        (timedelta(days=7), timedelta(hours=1)),
        (timedelta(days=30), timedelta(hours=6)),
        (timedelta(days=90), timedelta(days=1)),
        (timedelta(days=365), timedelta(days=7)),
    ],
)
def test_it_takes_the_narrowest_width_that_fits_the_screen(length, width):
    assert buckets(NOW - length, NOW).width == width


@given(
    st.datetimes(datetime(2006, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - the zone is added
    st.timedeltas(timedelta(seconds=1), timedelta(days=60_000)),
)
def test_the_buckets_cover_the_range_and_no_bar_is_wholly_outside(start, length):
    made = buckets(start, start + length)
    assert 1 <= made.bars <= MOST_BARS + 1
    assert made.start <= start < made.start + made.width
    assert made.end - made.width < start + length <= made.end


def test_days_begin_at_midnight_and_weeks_on_monday():
    assert floor(NOW, timedelta(days=1)) == datetime(2026, 11, 23, tzinfo=UTC)
    assert floor(NOW + timedelta(days=3), timedelta(days=7)) == datetime(2026, 11, 23, tzinfo=UTC)


def test_it_lays_counts_into_their_buckets_by_series():
    made = buckets(NOW - timedelta(days=7), NOW)
    counts = [
        Counts("GetMedia", (0, 0, -1, made.bars), (2, 3, 100, 100), 0),
        Counts("PutMedia", (1,), (4,), 1),
    ]
    rows = laid_out(counts, made, str.lower)
    assert rows["getmedia"][:3] == [5, 0, 0]
    assert rows["putmedia"][:3] == [0, 4, 0]
    assert sum(map(sum, rows.values())) == 9
