"""How a backfill is told: what it will cost before it begins, how far and how fast it is, and that it was stopped."""

from datetime import timedelta

from app.core.model.feed import Feed
from app.core.trailfile.backfill import MOST_FILES_A_SECOND, request_dollars
from app.db.queries.feeds import HISTORIES
from app.web import filters


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
    known = progress.backfill
    left = ""
    if known is not None and known.files_left is not None and known.size_left is not None:
        left = _amount(known.files_left, known.size_left)
    if feed.backfill_stopped_at is not None:
        rest = f"; about {left} are left" if left else ""
        return f"the past is not read since {feed.backfill_stopped_at:%Y-%m-%d %H:%MZ}, as was asked for{rest}"
    if known is None:
        return ""
    if not left or known.files_left is None:
        return "how much of the past there is, is not known yet"
    if known.per_s is None or known.seconds_left is None:
        least = filters.duration(timedelta(seconds=known.files_left / MOST_FILES_A_SECOND))
        cost = request_dollars(known.files_left, (progress.total or 0) - progress.done)
        return f"about {left} of the past, {least} at least; about ${cost:,.2f} of S3 requests at its list price"
    ends = filters.duration(timedelta(seconds=known.seconds_left))
    read = _amount(known.files, known.size)
    return f"{read} of the past read, {known.per_s:,.0f} a second; about {left} and {ends} left"


def _amount(files: int, size: int) -> str:
    return f"{filters.plural(files, 'file')} ({filters.size(size)})"
