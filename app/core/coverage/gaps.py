"""When a trail was not logging, as far as AWS still tells.

GetTrailStatus gives the last start and the last stop only (CloudTrail API Reference). Earlier stops are in the log
itself, of a trail that went on; what changed in selectors is in the versions of the snapshot.
"""

from dataclasses import dataclass
from datetime import datetime

from app.core.model.trail import Trail


@dataclass(frozen=True, slots=True)
class Gap:
    """A time in which a trail logged nothing: from `start` up to, not including, `end`."""

    start: datetime
    end: datetime
    reason: str


def gaps(trail: Trail, since: datetime, until: datetime) -> tuple[Gap, ...] | None:
    """Return when the trail was not logging between `since` and `until`, oldest first; None: its status is unread."""
    status = trail.status
    if status is None:
        return None
    started, stopped = status.started_at, status.stopped_at
    if not status.is_logging:
        start = since if stopped is None else stopped
        return _within((Gap(start, until, f"{trail.name} is stopped"),), since, until)
    if stopped is not None and started is not None and stopped < started:
        return _within((Gap(stopped, started, f"{trail.name} was stopped"),), since, until)
    if stopped is None and started is not None:
        return _within((Gap(since, started, f"{trail.name} logs since {started:%Y-%m-%d %H:%MZ}"),), since, until)
    return ()


def observed_share(found: tuple[Gap, ...], since: datetime, until: datetime) -> float:
    """Return the share of the time outside of the gaps, 0 to 1; gaps do not overlap."""
    dark = sum((gap.end - gap.start).total_seconds() for gap in found)
    return 1 - dark / (until - since).total_seconds()


def _within(found: tuple[Gap, ...], since: datetime, until: datetime) -> tuple[Gap, ...]:
    cut = (Gap(max(gap.start, since), min(gap.end, until), gap.reason) for gap in found)
    return tuple(gap for gap in cut if gap.start < gap.end)
