"""The whole UTC days that counts by day are of: a range may begin and end amid one."""

from datetime import UTC, date, datetime, time, timedelta

_DAY = timedelta(days=1)


def days_of(start: datetime, end: datetime) -> tuple[date, date]:
    """Return the first and the last day that [start, end) touches."""
    last = max(start, end - timedelta.resolution)
    return start.astimezone(UTC).date(), last.astimezone(UTC).date()


def bounds_of(start: datetime, end: datetime) -> tuple[datetime, datetime]:
    """Return from when to when the days of [start, end) are."""
    first, last = days_of(start, end)
    return datetime.combine(first, time(), UTC), datetime.combine(last, time(), UTC) + _DAY
