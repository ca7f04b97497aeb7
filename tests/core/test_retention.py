"""Which months are kept."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from app.core.retention import Dropped, kept_from, told_of_calls


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


COUNTS_ARE_KEPT = (
    " Their counts by day are kept from 2020-01-01 on, those of our own calls among them; calls of those days that are "
    "read again are listed, and not counted anew."
)


@pytest.mark.parametrize(
    ("counts", "more"),
    [(None, ""), ((date(2020, 1, 1), date(2021, 2, 28)), COUNTS_ARE_KEPT)],
    ids=["none", "some"],
)
def test_of_calls_that_are_gone_it_is_told_whether_their_counts_are(
    counts: tuple[date, date] | None, more: str
) -> None:
    gone = Dropped(datetime(2021, 3, 1, tzinfo=UTC), 100)
    said = "Calls older than 100 days are not kept: those before 2021-03-01 were dropped."
    assert told_of_calls(gone, counts) == said + more
