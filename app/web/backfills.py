"""How a backfill is told: what it will cost before it begins, how far and how fast it is, and that it was stopped."""

from datetime import timedelta

from app.core.model.feed import Feed
from app.core.trailfile.backfill import MOST_FILES_A_SECOND, request_dollars
from app.core.trailfile.calls import MOST_A_SECOND
from app.db.queries.feeds import HISTORIES
from app.web import filters

_MANY = 10
"""A second: of so many a fraction tells nothing."""


def wish(feed: Feed) -> str:
    """Return what may be asked of a feed's backfill: to "stop" or to "resume" it, or nothing where it has no more."""
    progress = feed.progress
    if progress is None or progress.done >= (progress.total or 0):
        return ""
    if progress.backfill is None and feed.key.source not in HISTORIES:
        return ""
    return "stop" if feed.backfill_stopped_at is None else "resume"


def told(feed: Feed) -> str:
    """Return what is known of a feed's backfill; empty when it has none or is done, or its days alone tell."""
    progress = feed.progress
    if progress is None or not wish(feed):
        return ""
    known, source = progress.backfill, feed.key.source
    left = "" if known is None else _amount(source, known.files_left, known.size_left)
    if feed.backfill_stopped_at is not None:
        rest = f"; about {left} are left" if left else ""
        return f"the past is not read since {feed.backfill_stopped_at:%Y-%m-%d %H:%MZ}, as was asked for{rest}"
    if known is None:
        return ""
    if known.files_left is None:
        return "how much of the past there is, is not known yet"
    if known.per_s is None or known.seconds_left is None:
        folders = (progress.total or 0) - progress.done
        return f"about {left} of the past, {_at_least(source, known.files_left, folders)}"
    ends = filters.duration(timedelta(seconds=known.seconds_left))
    read = _amount(source, known.files, known.size)
    return f"{read} of the past read, {_rate(known.per_s)} a second; about {left} and {ends} left"


def _at_least(source: str, left: int, folders: int) -> str:
    """Return how long what is left takes at the least, and what it costs.

    That LookupEvents and FilterLogEvents are free was not checked against a bill.
    """
    most = MOST_A_SECOND.get(source, MOST_FILES_A_SECOND)
    least = f"{filters.duration(timedelta(seconds=left / most))} at least"
    if source in MOST_A_SECOND:
        return (
            f"{least}: AWS allows {most:g} a second for each account and Region, whoever asks; free, as far as is known"
        )
    return f"{least}; about ${request_dollars(left, folders):,.2f} of S3 requests at its list price"


def _rate(per_s: float) -> str:
    return f"{per_s:,.0f}" if per_s >= _MANY else f"{per_s:.1f}"


def _amount(source: str, n: int | None, size: int | None) -> str:
    if n is None or size is None:
        return ""
    return (
        filters.plural(n, "call") if source in MOST_A_SECOND else f"{filters.plural(n, 'file')} ({filters.size(size)})"
    )
