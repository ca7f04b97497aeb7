"""The video that a stored call asked for, from its columns."""

from datetime import datetime, timedelta

from app.core.model.event import URL_LIFE_UNTOLD
from app.core.model.footage import Footage, FootageClock, FootageKind
from app.core.model.media_call import LONGEST_URL


def url_end(event: str = "") -> str:
    """Return the SQL of when the playback URL of an `event` ("e.") ends, at the latest; null: it issued none."""
    life, longest = f"{event}url_expires_s", LONGEST_URL // timedelta(seconds=1)
    untold = f"{life} = {URL_LIFE_UNTOLD}"
    return f"{event}event_time + make_interval(secs => case when {untold} then {longest} else {life} end)"


def footage(kind: str | None, start: datetime | None, end: datetime | None, clock: str | None) -> Footage | None:
    """Return what video was asked for; None when none was.

    Rows of a release that knew no kinds have their times alone: without an end they are open.
    """
    if kind:
        return Footage(FootageKind(kind), start, end, FootageClock(clock) if clock else None)
    if start is None:
        return None
    return Footage(FootageKind.ONWARD if end is None else FootageKind.INTERVAL, start, end)
