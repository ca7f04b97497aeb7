"""Whether a call asked for video of an interval, whenever it was made, and how what it asked for lies to it."""

from datetime import datetime, timedelta
from enum import StrEnum

from app.core.model.footage import RESOLVED, Footage, FootageKind

LONGEST_CALL = timedelta(hours=1)
"""A call that lasts may have begun, or gone on, so long beside its time: AWS ends one after 45 minutes (KVS Developer
Guide, "Service quotas", of PutMedia; of GetMedia nothing is written)."""


class Asked(StrEnum):
    """Whether a call asked for an interval. MAYBE: its record does not tell."""

    YES = "yes"
    MAYBE = "maybe"
    NO = "no"


class Fit(StrEnum):
    """How the video that a call asked for lies to an interval, in words."""

    EXACTLY = "exactly this video"
    PART = "a part of it"
    MORE = "all of it and more"
    OVERLAP = "a part of it and more"
    LIVE = "live, as it was filmed"
    LIVE_BEFORE = "live from before it; how long that lasted is not logged"
    ONWARD = "from a time in it on; how far is not logged"
    FROM_BEFORE = "from a time before it on; how far is not logged"
    OLDEST = "from the oldest that was stored then; when that was no record tells"
    CONTINUED = "from where an earlier answer ended; when that was no record tells"
    BY_NUMBER = "fragments by number; of which time no record tells"
    UNTOLD = "the record does not say which"
    BESIDE = "other video"


def asked_for(footage: Footage | None, start: datetime, end: datetime, *, is_answered: bool = True) -> Asked:
    """Return whether the video that a media-reading call asked for touches [start, end).

    None: the record tells of no video, which a call that reads media always asks for. An end that is not known lets
    any video after the start be meant, except that a live call shows what was filmed while it lasted: one that was
    refused did not last.
    """
    if footage is None or footage.kind not in RESOLVED or footage.start is None:
        return Asked.MAYBE
    if footage.start >= end or (footage.kind is FootageKind.LIVE and not is_answered and footage.start < start):
        return Asked.NO
    if footage.end is not None:
        return Asked.YES if footage.end > start else Asked.NO
    if footage.start >= start:
        return Asked.YES
    if footage.kind is FootageKind.LIVE and start - footage.start > LONGEST_CALL:
        return Asked.NO
    return Asked.MAYBE


def fit(footage: Footage | None, start: datetime, end: datetime) -> Fit:
    """Return how the video that a call asked for lies to [start, end)."""
    if footage is None or footage.kind in _UNKNOWN or footage.start is None:
        return _UNKNOWN.get(footage.kind, Fit.UNTOLD) if footage is not None else Fit.UNTOLD
    if footage.start >= end or (footage.end is not None and footage.end <= start):
        return Fit.BESIDE
    begins_before = footage.start < start
    if footage.kind is FootageKind.LIVE:
        return Fit.LIVE_BEFORE if begins_before and footage.end is None else Fit.LIVE
    if footage.end is None:
        return Fit.FROM_BEFORE if begins_before else Fit.ONWARD
    return _of_interval(footage.start, footage.end, start, end)


def _of_interval(first: datetime, last: datetime, start: datetime, end: datetime) -> Fit:
    if (first, last) == (start, end):
        return Fit.EXACTLY
    if first >= start and last <= end:
        return Fit.PART
    return Fit.MORE if first <= start and last >= end else Fit.OVERLAP


_UNKNOWN = {
    FootageKind.EARLIEST: Fit.OLDEST,
    FootageKind.CONTINUATION_TOKEN: Fit.CONTINUED,
    FootageKind.FRAGMENT_NUMBER: Fit.BY_NUMBER,
    FootageKind.NOT_IN_RECORD: Fit.UNTOLD,
}
