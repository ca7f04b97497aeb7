"""Which streams' details are read again before their day is over: those that CloudTrail events named.

The details of a Region are read whole once a day, at a few calls a stream. In between, only the streams that an event
changed since are asked about, and what is held of the others stays as it is.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from app.core.model.scope import EVERYTHING
from app.core.model.snapshot import Part
from app.core.parts import DETAILS as DETAIL_PARTS
from app.db.queries import rereads, snapshots

DETAILS = "kinesisvideo_detail"
"""The collector of the details; its name is the `source` of its feeds."""
WHOLE_EVERY = timedelta(days=1)
REREAD_PAUSE = timedelta(hours=1)
"""Between two readings, however much is changed: each lists the Region, and costs calls for each changed stream."""
EVENTS_LATE = timedelta(minutes=30)
"""So long after its call an event may be stored: it is looked for again behind the last reading, and read twice."""
CHANGING = (
    "CreateSignalingChannel",
    "CreateStream",
    "DeleteEdgeConfiguration",
    "StartEdgeConfigurationUpdate",
    "TagResource",
    "TagStream",
    "UntagResource",
    "UntagStream",
    "UpdateImageGenerationConfiguration",
    "UpdateMediaStorageConfiguration",
    "UpdateNotificationConfiguration",
)
"""KVS actions that change a stream's details."""


@dataclass(frozen=True, slots=True)
class Rereading:
    """Read only the streams and channels `only`, ARNs or names; the whole Region is due at `whole_at`."""

    only: frozenset[str]
    whole_at: datetime


def rereading(connection: Connection, account_id: int, region: str, now: datetime) -> Rereading | None:
    """Return what suffices to be read of a Region's details, None when the whole Region is to be read.

    So it is once a day, when a part was not seen the last time, when nothing is known to have changed (then somebody
    asked for it), and when an event does not tell which stream it changed.
    """
    parts = _parts(connection, account_id, region)
    seen = [part.seen_at for part in parts if part.is_fresh and part.seen_at is not None]
    if len(seen) < len(DETAIL_PARTS) or min(seen) + WHOLE_EVERY <= now:
        return None
    named = _changed(connection, account_id, region, parts, now)
    only = frozenset(name for name in named if name is not None)
    return Rereading(only, min(seen) + WHOLE_EVERY) if only == named and only else None


def make_due(connection: Connection, account_id: int, region: str, now: datetime) -> None:
    """Make the details of a Region due when an event has changed one since they were read."""
    parts = _parts(connection, account_id, region)
    if parts and _changed(connection, account_id, region, parts, now):
        rereads.make_due(connection, account_id, DETAILS, region, now, REREAD_PAUSE)


def _parts(connection: Connection, account_id: int, region: str) -> list[Part]:
    listed = snapshots.parts_of(connection, EVERYTHING, account_id)
    return [part for part in listed if part.name in DETAIL_PARTS and part.region == region]


def _changed(
    connection: Connection, account_id: int, region: str, parts: list[Part], now: datetime
) -> frozenset[str | None]:
    read_at = min((part.tried_at for part in parts if part.tried_at), default=now)
    return rereads.changed(connection, account_id, region, CHANGING, read_at - EVENTS_LATE, now)
