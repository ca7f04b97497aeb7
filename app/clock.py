"""The one clock."""

from datetime import UTC, datetime


def now() -> datetime:
    """Return the wall clock's time, aware and UTC: the only place that reads it."""
    return datetime.now(UTC)  # noqa: TID251 - this is the one clock
