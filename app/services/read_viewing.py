"""The calls that read and send the media of one stream or channel, and who each of them counts for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from app.core.model.media_call import MediaCall
from app.core.model.scope import Scope
from app.core.viewing.producers import SENDING
from app.core.viewing.sessions import HOW
from app.core.viewing.viewer import Told, Viewer, keys_of, viewers_of
from app.db.queries.lineage import sessions_behind_keys
from app.db.queries.media_calls import MediaCalls, media_calls
from app.db.queries.stream_pages import StreamRow

MOST_CALLS = 500
"""So many calls of each kind are read, the newest: what is older is in the timeline."""


@dataclass(frozen=True, slots=True)
class Viewing:
    """`reads` are of the range, `sends` also of as long before it; `viewers` tell who each counts for."""

    reads: MediaCalls
    sends: MediaCalls
    viewers: Mapping[Told, Viewer]


def read_viewing(
    connection: Connection,
    scope: Scope,
    row: StreamRow,
    start: datetime,
    end: datetime,
    *,
    onboarded: frozenset[int],
    limit: int = MOST_CALLS,
) -> Viewing:
    """Return the newest calls on a stream in [start, end) that read, and those that send in twice this time.

    `scope` is the user's whole one: a session may have been issued in another account than the stream's.
    """
    reads = media_calls(connection, scope, row, HOW, start, end, limit)
    sends = media_calls(connection, scope, row, SENDING, start - (end - start), end, limit)
    viewers = who_of(connection, scope, (*reads.calls, *sends.calls), onboarded)
    return Viewing(reads, sends, viewers)


def who_of(
    connection: Connection, scope: Scope, calls: Iterable[MediaCall], onboarded: frozenset[int]
) -> Mapping[Told, Viewer]:
    """Return who each call counts for, by the records of its session."""
    known = tuple(calls)
    keys = keys_of(known)
    times = [call.at for call in known if call.access_key in keys]
    sessions = sessions_behind_keys(connection, scope, keys, min(times), max(times)) if keys else {}
    return viewers_of(known, sessions, onboarded)
