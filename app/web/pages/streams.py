"""`/streams`: every stream and signaling channel, who may watch it, and whether anybody did."""

from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.core.coverage.observe import ActionClass
from app.core.kvs.actions import MEDIA_READ
from app.db.queries import stream_pages
from app.db.queries.stream_pages import StreamRow, StreamUse
from app.web import filters
from app.web.by_name import LIMIT, ByName, asked, by_name
from app.web.horizon import Observability, narrowed
from app.web.navigation import Nav
from app.web.visit import Visit, visiting

router = APIRouter()
NAV = Nav("Streams", "/streams", "camera", 200, "streams")
MEDIA_WRITE = frozenset({"PutMedia", "ConnectAsMaster", "JoinStorageSession"})
KINDS = (("", "All"), ("stream", "Streams"), ("channel", "Channels"))
CLASSES = {
    "stream": frozenset({ActionClass.READ}),
    "channel": frozenset({ActionClass.SIGNALING}),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One stream as the list prints it."""

    name: str
    href: str
    where: str
    kind: str
    kept: str
    may: str
    reads: str
    none: str
    last_read_at: datetime | None
    seen: str
    left_out: str


@dataclass(frozen=True, slots=True)
class Streams:
    """What the page prints."""

    title: str
    summary: str
    span: str
    by_name: ByName
    rows: tuple[Row, ...]


@router.get("/streams", include_in_schema=False)
def streams(request: Request) -> Response:
    """List the streams."""
    with visiting(request, "now-30d") as visit:
        return visit.page("pages/streams.html", _view(visit))


def _view(visit: Visit) -> Streams:
    question = asked(visit, KINDS)
    found = stream_pages.stream_rows(
        visit.connection,
        visit.scope,
        contains=question.name,
        kind=question.kind,
        after=question.after,
        limit=LIMIT + 1,
    )
    rows = found[:LIMIT]
    last = (rows[-1].name, rows[-1].id) if len(found) > LIMIT else None
    is_part = last is not None or question.after is not None
    ids = [row.id for row in rows]
    days = (visit.span.start.date(), visit.span.end.date())
    uses = stream_pages.stream_uses(visit.connection, visit.scope, ids, MEDIA_READ, MEDIA_WRITE, days)
    may = stream_pages.who_may_counts(visit.connection, visit.scope, ids, MEDIA_READ)
    evaluated = stream_pages.evaluated_accounts(visit.connection, visit.scope)
    seen = visit.observability()
    return Streams(
        title="Streams",
        summary=_summary(rows, question.name, is_part=is_part),
        span=visit.span.label,
        by_name=by_name(visit, question, KINDS, "Name, ARN or tag", last),
        rows=tuple(
            _row(visit, row, uses.get(row.id), may.get(row.id, 0) if row.account_id in evaluated else None, seen)
            for row in rows
        ),
    )


def _summary(rows: tuple[StreamRow, ...], name: str, *, is_part: bool) -> str:
    if not rows:
        return f"No stream or channel has {name!r} in its name, ARN or tags." if name else "No stream is known yet."
    return f"{len(rows)} of more" if is_part else filters.plural(len(rows), "stream or channel", "streams and channels")


def _row(visit: Visit, row: StreamRow, use: StreamUse | None, may: int | None, seen: Observability) -> Row:
    own = narrowed(seen, row.account_id, row.region, CLASSES[row.kind])
    reads = use.reads if use else 0
    return Row(
        name=row.name,
        href=f"/streams/{row.id}",
        where=f"{visit.account_name(row.account_id)} · {row.region}",
        kind=row.kind,
        kept=_kept(row),
        may=filters.number(may) if may is not None else "not evaluated",
        reads=filters.number(reads),
        none="" if reads else own.none,
        last_read_at=use.last_read_at if use else None,
        seen=own.share,
        left_out=own.left_out.partition("leave ")[2],
    )


def _kept(row: StreamRow) -> str:
    if row.kind == "channel":
        return (row.channel_type or "").replace("_", " ").lower()
    if row.retention_hours is None:
        return "not read"
    if row.retention_hours == 0:
        return "nothing"
    return f"{row.retention_hours // 24} d" if row.retention_hours % 24 == 0 else f"{row.retention_hours} h"
