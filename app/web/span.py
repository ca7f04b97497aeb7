"""The time range of a page, as `from` and `to` of its URL: half-open, UTC, relative or absolute."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from app.core.errors import InvalidInput
from app.core.query.moment import Moment, moment

PRESETS: tuple[tuple[str, str], ...] = (
    ("now-1h", "1 h"),
    ("now-6h", "6 h"),
    ("now-24h", "24 h"),
    ("now-7d", "7 d"),
    ("now-30d", "30 d"),
    ("now-90d", "90 d"),
)
"""(value of `from`, what people read) of the ranges that the header offers."""

_RELATIVE = re.compile(r"now-(\d+)([smhdw])")
_UNIT_NAMES = {"s": "s", "m": "min", "h": "h", "d": "d", "w": "weeks"}
LONGEST = timedelta(days=3660)


@dataclass(frozen=True, slots=True)
class Span:
    """The interval [start, end) and how a URL says it; `to_text` empty means now. Times are shown in `zone`.

    The texts mean the same in every zone: links carry them to pages that are not told of `zone`.
    """

    start: datetime
    end: datetime
    from_text: str
    to_text: str = ""
    zone: timezone = UTC

    @property
    def label(self) -> str:
        """The words on the header's button: "7 d", or the two days of an absolute range."""
        match = _RELATIVE.fullmatch(self.from_text)
        if match and not self.to_text:
            return f"{match[1]} {_UNIT_NAMES[match[2]]}"
        return f"{self.start.astimezone(self.zone):%m-%d %H:%M} to {self.end.astimezone(self.zone):%m-%d %H:%M}"

    @property
    def length(self) -> timedelta:
        """How long it is."""
        return self.end - self.start

    def fraction(self, at: datetime) -> float:
        """Return where `at` lies in the range: 0 at its start, 1 at its end, cut to these."""
        return min(1.0, max(0.0, (at - self.start) / self.length))


def range_asked(span: Span) -> list[tuple[str, str]]:
    """Return a range as links carry it: a relative one stays relative, any other is in UTC."""
    return [("from", span.from_text), *([("to", span.to_text)] if span.to_text else [])]


def parse(from_text: str, to_text: str, now: datetime, default: str = "now-7d", zone: timezone = UTC) -> Span | None:
    """Return the range that two URL values name, or None when they name none.

    The values are moments of the filter grammar; one without a zone is in `zone`. Empty `from_text` is `default`, empty
    `to_text` is now.
    """
    try:
        start, end = _ends(from_text, to_text, now, default, zone)
    except InvalidInput:
        return None
    if not timedelta() < end.at - start.at <= LONGEST:
        return None
    return Span(start.at, end.at, start.text, end.text if to_text else "", zone)


def why_none(from_text: str, to_text: str, now: datetime, default: str, zone: timezone) -> str:
    """Return why two URL values name no range that `parse` takes, and what to write instead."""
    try:
        start, end = _ends(from_text, to_text, now, default, zone)
    except InvalidInput as error:
        return f"is not a time range: {error}"
    if start.at < end.at:
        return f"is too long a time range: {LONGEST.days:,} days are the longest that is shown"
    told = f"from {start.text} is not before to {end.text}, write an earlier from or a later to"
    return f"is not a time range: {told}"


def _ends(from_text: str, to_text: str, now: datetime, default: str, zone: timezone) -> tuple[Moment, Moment]:
    ends = (from_text or default, to_text or "now")
    start, end = (moment(text, now=now, naive_zone=zone) for text in ends)
    return start, end
