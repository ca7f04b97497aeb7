from datetime import UTC, date, datetime, timedelta

import pytest

from app.core.timeline.days import bounds_of, days_of

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.mark.parametrize(
    ("end", "last"),
    [
        (NOON, date(2026, 11, 20)),
        (MIDNIGHT, date(2026, 11, 20)),
        (MIDNIGHT + timedelta.resolution, date(2026, 11, 21)),
    ],
    ids=["empty", "ends with a day", "begins another"],
)
def test_a_range_touches_the_days_that_some_of_it_lies_in(end, last):
    assert days_of(NOON, end) == (date(2026, 11, 20), last)


def test_the_days_of_a_range_begin_and_end_at_midnight():
    assert bounds_of(NOON, MIDNIGHT) == (MIDNIGHT - timedelta(days=1), MIDNIGHT)
