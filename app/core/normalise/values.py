"""Values of a record's parameters: times in every form, and nested objects in any case."""

import re
from datetime import UTC, datetime
from typing import Any

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SPELLED = re.compile(r"([A-Z][a-z]{2}) (\d{1,2}), (\d{4}),? (\d{1,2}):(\d{2}):(\d{2})\s([AP])M")
"""`Jan 22, 2021 12:46:28 AM` and `Jul 18, 2023, 4:07:39 PM`: both are in AWS's own examples of `expiration`."""

_NUMBER = re.compile(r"\d{9,13}(?:\.\d{1,9})?", re.ASCII)
"""Seconds or milliseconds as text. Shorter ones are dates; longer ones nothing that CloudTrail could have meant."""
_WHOLE = re.compile(r"\d{1,18}", re.ASCII)
_LAST_SECOND = 100_000_000_000
"""Of the year 5138; a larger number counts milliseconds."""


def moment(value: Any) -> datetime | None:
    """Return a time of a record, UTC, in any form that CloudTrail writes; None when it is none of them.

    ISO 8601 basic or extended, with fraction or without; the spelled form; seconds or milliseconds since
    1970, as number or as text. A time without an offset is UTC: CloudTrail knows no other.
    """
    try:
        if isinstance(value, str):
            return _moment_of_text(value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return _moment_of_number(value)
    except (ValueError, OverflowError, OSError):
        return None
    return None


def _moment_of_number(value: float) -> datetime:
    return datetime.fromtimestamp(value / 1000 if value > _LAST_SECOND else value, UTC)


def _moment_of_text(value: str) -> datetime | None:
    # Before ISO 8601, by which 1712120112000 is an evening of 1712.
    if _NUMBER.fullmatch(value):
        return _moment_of_number(float(value))
    spelled = _SPELLED.fullmatch(value) if value[:1].isalpha() else None
    if spelled is None:
        time = datetime.fromisoformat(value)
        if time.tzinfo is UTC:
            return time
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    month, day, year, hour, minute, second, half = spelled.groups()
    hour_of_day = int(hour) % 12 + (12 if half == "P" else 0)
    return datetime(int(year), _MONTHS.index(month) + 1, int(day), hour_of_day, int(minute), int(second), tzinfo=UTC)


def nested(value: Any) -> dict[str, Any]:
    """Return a nested object with its keys in lower case; empty when it is none."""
    return {key.lower(): item for key, item in value.items()} if isinstance(value, dict) else {}


def whole(value: Any) -> int | None:
    """Return a whole number of a record, written as one, as 600.0 or as text; None when it is none."""
    match value:
        case int() if not isinstance(value, bool):
            return value
        case float() if value.is_integer():
            return int(value)
        case str() if _WHOLE.fullmatch(value):
            return int(value)
        case _:
            return None
