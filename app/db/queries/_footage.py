"""The video that a stored call asked for, from its columns."""

from datetime import datetime

from app.core.model.footage import Footage, FootageClock, FootageKind


def footage(kind: str | None, start: datetime | None, end: datetime | None, clock: str | None) -> Footage | None:
    """Return what video was asked for; None when none was.

    Rows of a release that knew no kinds have their times alone: without an end they are open.
    """
    if kind:
        return Footage(FootageKind(kind), start, end, FootageClock(clock) if clock else None)
    if start is None:
        return None
    return Footage(FootageKind.ONWARD if end is None else FootageKind.INTERVAL, start, end)
