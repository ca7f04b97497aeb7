"""How long events and raw records are kept: whole months, so that a month is there or it is not."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta


@dataclass(frozen=True, slots=True)
class Retention:
    """How many days events, and raw records, are kept at the least."""

    days: int
    raw_days: int


@dataclass(frozen=True, slots=True)
class Dropped:
    """What is gone: everything from before `before`, of which `days` were to be kept."""

    before: datetime
    days: int

    def told(self, what: str) -> str:
        """Return the sentence that a page says of `what`: nothing of it is there, which is not that there was none."""
        return f"{what} older than {self.days:,} days are not kept: those before {self.before:%Y-%m-%d} were dropped"


def kept_from(now: datetime, days: int) -> date:
    """Return the first day that is kept: that of the month that the day `days` ago lies in, in UTC."""
    return (now.astimezone(UTC) - timedelta(days=days)).date().replace(day=1)
