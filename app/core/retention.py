"""How long events, raw records and counts are kept: whole months, so that a month is there or it is not."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta


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


def told_of_calls(gone: Dropped, uncounted: Dropped | None) -> str:
    """Return what a page says of calls that are gone: also that their counts, which it may show, are not."""
    counted = None if uncounted is None else uncounted.before
    if counted is not None and counted >= gone.before:
        return f"{gone.told('Calls')}."
    since = "" if counted is None else f" from {counted:%Y-%m-%d} on"
    return f"{gone.told('Calls')}. Their counts by day are kept{since}, those of our own calls among them."


def kept_from(now: datetime, days: int) -> date:
    """Return the first day that is kept: that of the month that the day `days` ago lies in, in UTC."""
    return (now.astimezone(UTC) - timedelta(days=days)).date().replace(day=1)
