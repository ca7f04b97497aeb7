"""The list of streams and channels: who may watch each, whether anybody did, and whether anybody could have seen it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from app.core.coverage.history import Strip
from app.core.coverage.observe import ActionClass
from app.core.coverage.one_stream import asked_about
from app.core.coverage.seen import Seen, seen_over, strips_of_region
from app.core.kvs.actions import MEDIA_READ
from app.core.model.grant import Known
from app.core.model.scope import Scope
from app.core.model.stream import ResourceKind, Stream
from app.core.timeline.days import days_of
from app.db.queries import stream_pages
from app.db.queries.stream_pages import StreamRow, StreamUse
from app.services.read_coverage import strips_of_each

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
    uses = stream_pages.stream_uses(connection, scope, ids, days_of(start, end))
    may = stream_pages.who_may_counts(connection, scope, ids, MEDIA_READ)
    evaluated = stream_pages.evaluated_accounts(connection, scope)
    seen = _seen(connection, scope, rows, tuple(strips), start, end)
    return tuple(
        StreamLine(
            row,
            may.get(row.id, Known()) if row.account_id in evaluated else None,
            uses.get(row.id, StreamUse(0, None)),
            seen[row.id],
        )
        for row in rows
    )


def stream_of(row: StreamRow, arn: str) -> Stream:
    """Return a row as the stream or channel that coverage asks about."""
    return asked_about(arn, row.name, row.region, ResourceKind(row.kind))


def _seen(
    connection: Connection,
    scope: Scope,
    rows: Sequence[StreamRow],
    strips: tuple[Strip, ...],
    start: datetime,
    end: datetime,
) -> dict[int, Seen]:
    """Return what was observable of each row: that of its Region, its own where selectors name streams."""
    places = {(row.account_id, row.region, row.kind) for row in rows}
    by_place = {place: strips_of_region(strips, *place[:2], CLASSES[place[2]]) for place in places}
    of_region = {place: seen_over(found, start, end) for place, found in by_place.items()}
    named: dict[int, dict[int, Stream]] = {}
    for row in rows:
        place = by_place[row.account_id, row.region, row.kind]
        if row.arn is not None and any(strip.is_by_stream for strip in place):
            named.setdefault(row.account_id, {})[row.id] = stream_of(row, row.arn)
    seen = {row.id: of_region[row.account_id, row.region, row.kind] for row in rows}
    by_account = {account: tuple(streams.values()) for account, streams in named.items()}
    own = strips_of_each(connection, scope, by_account, start, end)
    # Those that share their strips share what follows from them.
    told = {found: seen_over(_of_media(found), start, end) for found in set(own.values())}
    ids = ((ident, stream.arn) for streams in named.values() for ident, stream in streams.items())
    return seen | {ident: told[own[arn]] for ident, arn in ids if arn in own}


def _of_media(strips: Iterable[Strip]) -> tuple[Strip, ...]:
    return tuple(strip for strip in strips if any(strip.kind in kinds for kinds in CLASSES.values()))
