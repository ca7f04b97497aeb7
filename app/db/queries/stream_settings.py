"""What the poll stored of one stream's or channel's settings, each part with how the last attempt at it ended."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec
import zstandard
from sqlalchemy import Connection, Row

from app.core.model.scope import Scope
from app.core.model.snapshot import Part, PartState
from app.core.model.stream import StreamDetail
from app.db.queries.stream_pages import StreamRow
from app.db.sql import text

PARTS = {
    "stream": ("stream_images", "stream_notifications", "stream_edge", "channel_storage"),
    "channel": ("channel_storage",),
}
"""Parts that tell where media of a stream or channel go. `channel_storage` tells of a stream which channels fill it."""


@dataclass(frozen=True, slots=True)
class StreamSetting:
    """One part in the Region of a stream. `detail` None: the part was never read, or it does not hold this stream.

    `from_channels` are the ARNs of the channels whose media are stored to the stream.
    """

    part: Part
    detail: StreamDetail | None = None
    from_channels: tuple[str, ...] = ()


class _Held(msgspec.Struct):
    """A part's content with the details left as they lie: of thousands of streams one is wanted."""

    details: tuple[tuple[str, msgspec.Raw], ...]


def stream_settings(connection: Connection, scope: Scope, row: StreamRow) -> dict[str, StreamSetting]:
    """Return each part that tells where a stream's media go; one that nobody tried is NOT_COLLECTED."""
    names = PARTS[row.kind]
    if not scope.holds(row.account_id):
        return {}
    found = connection.execute(
        text("""select p.part, p.region, p.state, p.tried_at, p.seen_at, p.missing, p.message, s.content
                from part p left join snapshot s on s.account_id = p.account_id and s.part = p.part
                  and s.region = p.region and s.valid_to is null
                where p.account_id = :account_id and p.region = :region and p.part = any(:names)"""),
        {"account_id": row.account_id, "region": row.region, "names": list(names)},
    )
    read = {one.part: _setting(one, row.arn) for one in found}
    return {name: read.get(name) or StreamSetting(Part(name, row.region, PartState.NOT_COLLECTED)) for name in names}


def channel_ids(connection: Connection, scope: Scope, row: StreamRow, arns: Iterable[str]) -> dict[str, int]:
    """Return the ids of streams and channels of the account of `row` by ARN; there is none of one nobody stored."""
    wanted = sorted(set(arns))
    if not wanted or not scope.holds(row.account_id):
        return {}
    found = connection.execute(
        text("select id, arn from stream where account_id = :account_id and arn = any(:arns)"),
        {"account_id": row.account_id, "arns": wanted},
    )
    return {one.arn: one.id for one in found}


def _setting(row: Row[Any], arn: str | None) -> StreamSetting:
    part = Part(row.part, row.region, PartState(row.state), row.tried_at, row.seen_at, row.missing, row.message)
    if row.content is None:
        return StreamSetting(part)
    held = msgspec.json.decode(zstandard.decompress(row.content), type=_Held)
    own = next((raw for name, raw in held.details if name == arn), None)
    return StreamSetting(
        part,
        None if own is None else msgspec.json.decode(own, type=StreamDetail),
        _stored_to(held, arn) if row.part == "channel_storage" and arn else (),
    )


def _stored_to(held: _Held, arn: str) -> tuple[str, ...]:
    """Return the channels whose media are stored to a stream; only those that name it are decoded."""
    told = (
        (channel, msgspec.json.decode(raw, type=StreamDetail))
        for channel, raw in held.details
        if arn.encode() in bytes(raw)
    )
    return tuple(channel for channel, detail in told if detail.stores_to == arn)
