"""An interval as one value of a URL: 2026-11-21T14:00Z..2026-11-21T15:00Z."""

from datetime import UTC, datetime, timezone

from app.core.errors import InvalidInput
from app.core.model.media_call import LONGEST_URL
from app.core.query.moment import EARLIEST, iso, moment

Interval = tuple[datetime, datetime]
_BETWEEN = ".."


def interval(text: str, now: datetime, naive_zone: timezone = UTC) -> Interval:
    """Return the half-open interval that two moments of the filter grammar, with two dots between, mean at `now`.

    Raises:
        InvalidInput: it is none, or does not begin before it ends.
    """
    first, found, second = text.strip().partition(_BETWEEN)
    if not found:
        raise InvalidInput("write an interval: 2026-11-21T14:00Z..2026-11-21T15:00Z")
    start, end = (moment(each.strip(), now=now, naive_zone=naive_zone).at for each in (first, second))
    if start >= end:
        raise InvalidInput("it does not begin before it ends")
    return start, end


def filmed(text: str, now: datetime, naive_zone: timezone = UTC) -> Interval:
    """Return the interval of video that `text` means at `now`, as far as there can be any.

    Raises:
        InvalidInput: it lies ahead, or as `interval` does.
    """
    footage = interval(text, now, naive_zone)
    if footage[0] >= now:
        raise InvalidInput("it is not filmed yet")
    return footage


def interval_text(footage: Interval) -> str:
    """Return an interval as `interval` reads it at any time."""
    return _BETWEEN.join(map(iso, footage))


def interval_of(text: str) -> Interval:
    """Return the interval that `interval_text` wrote."""
    start, end = map(datetime.fromisoformat, text.split(_BETWEEN))
    return start, end


def asked_since(footage: Interval) -> datetime:
    """Return from when on video may have been asked for: when a playback URL was issued that could be alive in it."""
    return max(footage[0] - LONGEST_URL, EARLIEST)
