"""How long events, raw records and counts are kept: whole months, so that a month is there or it is not."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

LEAST_DAYS = 90
"""Calls are kept for so long at the least: the settings take no less."""


@dataclass(frozen=True, slots=True)
class Retention:
    """How many days events, raw records and counts are kept at the least; counts as long as events or longer."""

    days: int
    raw_days: int
    count_days: int


@dataclass(frozen=True, slots=True)
class Dropped:
    """What is gone: everything from before `before`, of which `days` were to be kept."""

    before: datetime
    days: int

    def told(self, what: str) -> str:
        """Return the sentence that a page says of `what`: nothing of it is there, which is not that there was none."""
        return f"{what} older than {self.days:,} days are not kept: those before {self.before:%Y-%m-%d} were dropped"


def told_of_calls(gone: Dropped, counted: tuple[date, date] | None) -> str:
    """Return what a page says of calls that are gone: also that their counts, which it may show, are not.

    `counted` are the first and the last day of which counts are kept and calls are not; None: there is none.
    """
    if counted is None:
        return f"{gone.told('Calls')}."
    kept = f"Their counts by day are kept from {counted[0]} on, those of our own calls among them"
    return f"{gone.told('Calls')}. {kept}; calls of those days that are read again are listed, and not counted anew."


def kept_from(now: datetime, days: int) -> date:
    """Return the first day that is kept: that of the month that the day `days` ago lies in, in UTC."""
    return (now.astimezone(UTC) - timedelta(days=days)).date().replace(day=1)
