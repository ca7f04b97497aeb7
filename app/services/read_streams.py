"""The list of streams and channels: who may watch each, whether anybody did, and whether anybody could have seen it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from app.core.coverage.history import Strip
from app.core.coverage.observe import ActionClass
from app.core.coverage.seen import Seen, seen_over, strips_of_region
from app.core.kvs.actions import MEDIA_READ
from app.core.model.grant import Known
from app.core.model.scope import Scope
from app.db.queries import stream_pages
from app.db.queries.stream_pages import StreamRow, StreamUse

MEDIA_WRITE = frozenset({"PutMedia", "ConnectAsMaster", "JoinStorageSession"})
CLASSES = {
    "stream": frozenset({ActionClass.READ}),
    "channel": frozenset({ActionClass.SIGNALING}),
}


@dataclass(frozen=True, slots=True)
class StreamLine:
    """One stream or channel. `may` None: its account's grants were never computed. `seen` is of reads of its media."""

    row: StreamRow
    may: Known | None
    use: StreamUse
    seen: Seen


def stream_lines(
    connection: Connection,
    scope: Scope,
    rows: Sequence[StreamRow],
    strips: Iterable[Strip],
    start: datetime,
    end: datetime,
) -> tuple[StreamLine, ...]:
    """Return each of `rows` with its use over [start, end); `strips` is the coverage of that range."""
    ids = [row.id for row in rows]
    uses = stream_pages.stream_uses(connection, scope, ids, MEDIA_READ, MEDIA_WRITE, (start.date(), end.date()))
    may = stream_pages.who_may_counts(connection, scope, ids, MEDIA_READ)
    evaluated = stream_pages.evaluated_accounts(connection, scope)
    found = tuple(strips)
    places = {(row.account_id, row.region, row.kind) for row in rows}
    seen = {place: seen_over(strips_of_region(found, *place[:2], CLASSES[place[2]]), start, end) for place in places}
    return tuple(
        StreamLine(
            row,
            may.get(row.id, Known()) if row.account_id in evaluated else None,
            uses.get(row.id, StreamUse(0, 0, None)),
            seen[row.account_id, row.region, row.kind],
        )
        for row in rows
    )
