"""An interval as one value of a URL: 2026-11-21T14:00Z..2026-11-21T15:00Z."""

from datetime import datetime

from app.core.errors import InvalidInput
from app.core.query.moment import moment

_BETWEEN = ".."


def interval(text: str, now: datetime) -> tuple[datetime, datetime]:
    """Return the half-open interval that two moments of the filter grammar, with two dots between, mean at `now`.

    Raises:
        InvalidInput: it is none, or does not begin before it ends.
    """
    first, found, second = text.strip().partition(_BETWEEN)
    if not found:
        raise InvalidInput("write an interval: 2026-11-21T14:00Z..2026-11-21T15:00Z")
    start, end = moment(first.strip(), now=now).at, moment(second.strip(), now=now).at
    if start >= end:
        raise InvalidInput("it does not begin before it ends")
    return start, end
