"""`/streams`: every stream and signaling channel, who may watch it, and whether anybody did."""

from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.core.assumptions._assumption import Rests
from app.core.kvs.actions import MEDIA_READ
from app.core.query.filter import Filter, encoded
from app.core.query.listing import STREAMS
from app.db.queries import stream_pages
from app.db.queries.stream_pages import StreamRow
from app.services.read_streams import StreamLine, stream_lines
from app.web import filters
from app.web.aliases import alias
from app.web.assumed import Resting, resting
from app.web.by_name import ByName, asked, asking_by_name, by_name, cut
from app.web.navigation import Nav
from app.web.span import range_asked
from app.web.visit import Visit, visiting
from app.web.whole_days import reads_href

router = APIRouter()
NAV = Nav("Streams", "/streams", "camera", 200, "streams")
_RESTS = (Rests.STREAM, Rests.KEPT, Rests.COVERAGE, Rests.REFUSED, Rests.ONCE)
KINDS = (("", "All"), ("stream", "Streams"), ("channel", "Channels"))


@dataclass(frozen=True, slots=True)
class Row:
    """One stream as the list prints it."""

    name: str
    alias: str
    href: str
    account: str
    account_href: str
    region: str
    kind: str
    kept: str
    may: str
    reads: str
    reads_href: str
    none: str
    last_read_at: datetime | None
    seen: str
    left_out: str


@dataclass(frozen=True, slots=True)
class Streams:
    """What the page prints."""

    title: str
    summary: str
    by_name: ByName
    rows: tuple[Row, ...]
    assumed: Resting | None


@router.get("/streams", include_in_schema=False)
def streams(request: Request) -> Response:
    """List the streams."""
    with visiting(request, STREAMS.default_from, takes=None) as visit:
        asked_visit, query = asking_by_name(visit, STREAMS)
        return asked_visit.page("pages/streams.html", _view(asked_visit, query))


def _view(visit: Visit, query: Filter) -> Streams:
    rows, last = cut(stream_pages.stream_rows(visit.connection, visit.scope, asked(query)))
    seen = visit.observability()
    lines = stream_lines(visit.connection, visit.scope, rows, seen.strips, seen.span.start, seen.until)
    frame = by_name(visit, query, KINDS, "Name, ARN, tag, device or camera", last)
    return Streams(
        title="Streams",
        summary=_summary(len(rows), frame),
        by_name=frame,
        rows=tuple(_row(visit, line) for line in lines),
        assumed=resting(visit, *_RESTS, calls=MEDIA_READ),
    )


def _summary(count: int, frame: ByName) -> str:
    if not count:
        name = frame.name
        return (
            f"No stream or channel has {name!r} in its name, ARN, tags, device or alias."
            if name
            else "No stream is known yet."
        )
    return (
        f"{count} on this page" if frame.is_part else filters.plural(count, "stream or channel", "streams and channels")
    )


def _row(visit: Visit, line: StreamLine) -> Row:
    row, use = line.row, line.use
    return Row(
        name=row.name,
        alias=alias(row),
        href=f"/streams/{row.id}?{encoded(range_asked(visit.span))}",
        account=visit.account_name(row.account_id),
        account_href=visit.account_page(row.account_id),
        region=row.region,
        kind=row.kind,
        kept=_kept(row),
        may="not evaluated" if line.may is None else str(line.may),
        reads=filters.number(use.reads),
        reads_href=reads_href(visit, [("stream", row.arn or row.name)]),
        none="" if use.reads else line.seen.none,
        last_read_at=use.last_read_at,
        seen=line.seen.share,
        left_out=line.seen.left_out.partition("leave ")[2],
    )


def _kept(row: StreamRow) -> str:
    if row.kind == "channel":
        return (row.channel_type or "").replace("_", " ").lower()
    if row.retention_hours is None:
        return "not read"
    if row.retention_hours == 0:
        return "nothing"
    return f"{row.retention_hours // 24} d" if row.retention_hours % 24 == 0 else f"{row.retention_hours} h"
