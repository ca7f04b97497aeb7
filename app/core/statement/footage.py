"""Whether a call asked for video of an interval, whenever it was made."""

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


def asked_for(footage: Footage | None, start: datetime, end: datetime) -> Asked:
    """Return whether the video that a media-reading call asked for touches [start, end).

    None: the record tells of no video, which a call that reads media always asks for. An end that is not known lets
    any video after the start be meant, except that a live call shows what was filmed while it lasted.
    """
    if footage is None or footage.kind not in RESOLVED or footage.start is None:
        return Asked.MAYBE
    if footage.start >= end:
        return Asked.NO
    if footage.end is not None:
        return Asked.YES if footage.end > start else Asked.NO
    if footage.start >= start:
        return Asked.YES
    if footage.kind is FootageKind.LIVE and start - footage.start > LONGEST_CALL:
        return Asked.NO
    return Asked.MAYBE
