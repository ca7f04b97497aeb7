"""Which months are kept."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from app.core.retention import Dropped, kept_from


@pytest.mark.parametrize(
    ("now", "days", "first"),
    [
        (datetime(2026, 11, 23, tzinfo=UTC), 400, date(2025, 10, 1)),
        (datetime(2026, 11, 30, 23, 59, tzinfo=UTC), 30, date(2026, 10, 1)),
        (datetime(2026, 12, 1, tzinfo=UTC), 30, date(2026, 11, 1)),
        (datetime(2026, 12, 1, tzinfo=timezone(timedelta(hours=3))), 30, date(2026, 10, 1)),
    ],
    ids=["a year and a month", "the last of a month", "the first of a month", "by the day in UTC"],
)
def test_the_month_of_the_oldest_day_is_kept_whole(now: datetime, days: int, first: date) -> None:
    assert kept_from(now, days) == first


def test_it_says_what_is_gone_and_by_which_setting() -> None:
    gone = Dropped(datetime(2025, 10, 1, tzinfo=UTC), 400)
    assert gone.told("Calls") == "Calls older than 400 days are not kept: those before 2025-10-01 were dropped"
