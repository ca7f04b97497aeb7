"""`/events.csv`, `/streams.jsonl.gz` and the others: exactly what the page of the filter means; `/exports` has all."""

import re
from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from app.core.digits import number
from app.core.errors import InvalidInput
from app.core.query.filter import Filter, Problem, parse
from app.core.query.listing import LISTINGS
from app.core.tally import Tally
from app.db.queries import exports as queries
from app.db.queries.exports import ExportRow
from app.services.export_data import TIMEOUT_S, Chunks, chunks, file_name, formats
from app.services.record_export import Recorder, Taken
from app.web import filters
from app.web.download import announced, download, refusal
from app.web.site import Site
from app.web.visit import LONGEST_TOLD, Visit, first_of, visiting

router = APIRouter()
LIMIT = 50
GZIP = ".gz"
_PAGES = {
    name: f"/{name}"
    for name in ("events", "findings", "matrix", "accounts", "streams", "principals", "coverage", "assumptions")
} | {"records": "/events"}
"""The page of each list that has one."""
_OF_STREAM = re.compile(r"streams/[0-9]+/(review|statement)")
"""The pages of one stream that are files too."""
_ENDING = re.compile(r"\.[a-z]+(\.gz)?$")
_ID_DIGITS = 18


@dataclass(frozen=True, slots=True)
class Line:
    """One file as the list prints it; `file_href` asks for it again."""

    begun_at: datetime
    actor: str
    listing: str
    href: str
    query: str
    file_name: str
    file_href: str
    state: str
    is_whole: bool
    rows: str
    size: str
    sha256: str


@dataclass(frozen=True, slots=True)
class ExportsView:
    """What the page prints."""

    title: str
    lines: tuple[Line, ...]
    older: str
    first: str


@router.get("/exports", include_in_schema=False)
def show(request: Request) -> Response:
    """List the files that were taken along, the newest first."""
    with visiting(request, takes=("after",), has_scope=False) as opened:
        text = first_of(request, "after")
        before = number(text, _ID_DIGITS)
        is_wrong = bool(text) and before is None
        wrong = [Problem("after", text[:LONGEST_TOLD], "is not a place in this list")] if is_wrong else []
        visit = opened.complaining(*wrong)
        found = queries.exports(visit.connection, before, LIMIT + 1)
        view = ExportsView(
            title="Exports",
            lines=tuple(_line(visit, row) for row in found[:LIMIT]),
            older=f"/exports?after={found[LIMIT - 1].id}" if len(found) > LIMIT else "",
            first="/exports" if before is not None else "",
        )
        return visit.page("pages/exports.html", view, has_scope=False)


@router.get("/{name}.{fmt}", include_in_schema=False)
def export(request: Request, name: str, fmt: str) -> Response:
    """Export one list; with `.gz` behind its name or `gzip=1` compressed."""
    is_gzip, name, fmt = _named(request, name, fmt)
    if name not in LISTINGS or fmt not in formats():
        raise HTTPException(404)
    site: Site = request.app.state.site
    now = site.clock()
    pairs = [pair for pair in request.query_params.multi_items() if pair[0] != "gzip"]
    asked = parse(pairs, LISTINGS[name], now)
    wrong_gzip = [value for value in request.query_params.getlist("gzip") if value != "1"]
    problems = (*asked.problems, *(Problem("gzip", value[:LONGEST_TOLD], "is not 1") for value in wrong_gzip[:1]))
    if problems:
        return refusal(problems)
    try:
        return _answer(request, site, asked.filter, fmt, now, is_gzip=is_gzip)
    except InvalidInput as error:
        return refusal([error])


def _named(request: Request, name: str, fmt: str) -> tuple[bool, str, str]:
    """Return whether a file is asked for compressed, its list and its format."""
    if f".{fmt}" == GZIP:
        name, _, fmt = name.partition(".")
        return True, name, fmt
    return request.query_params.get("gzip") == "1", name, fmt


def _answer(request: Request, site: Site, query: Filter, fmt: str, now: datetime, *, is_gzip: bool) -> Response:
    tally = Tally()
    user = site.user()
    made = chunks(site.reader, user.scope, query, fmt, now, tally=tally, is_gzip=is_gzip)
    places = request.app.state.downloads
    if request.state.is_head:
        return announced(made, query, fmt, places, tally, is_gzip=is_gzip)
    recorded = _recorded(site, user.name, made, query, fmt, tally, is_gzip=is_gzip)
    return download(recorded, query, fmt, places, tally, is_gzip=is_gzip)


def _recorded(site: Site, user: str, made: Chunks, query: Filter, fmt: str, tally: Tally, *, is_gzip: bool) -> Chunks:
    recorder = Recorder(site.writer, user, site.clock)
    return recorder.recorded(made, Taken.of(query, file_name(query, fmt, is_gzip=is_gzip)), tally)


def _line(visit: Visit, row: ExportRow) -> Line:
    page = _PAGES.get(row.listing, f"/{row.listing}" if _OF_STREAM.fullmatch(row.listing) else "")
    return Line(
        begun_at=row.begun_at,
        actor=row.actor,
        listing=row.listing,
        href=f"{page}?{row.query}" if page and row.query else page,
        query=row.query,
        file_name=row.file_name,
        file_href=_address(row),
        state=_state(visit, row),
        is_whole=bool(row.is_complete),
        rows="" if row.rows is None else filters.number(max(0, row.rows)),
        size="" if row.bytes is None else filters.size(row.bytes),
        sha256=row.sha256 or "",
    )


def _address(row: ExportRow) -> str:
    """Return where a file is had again, as its filter means it now; "" of a page that has none, and of none sent."""
    ending = _ENDING.search(row.file_name)
    if ending is None or _is_none_sent(row) or not (row.listing in LISTINGS or _OF_STREAM.fullmatch(row.listing)):
        return ""
    return f"/{row.listing}{ending[0]}" + (f"?{row.query}" if row.query else "")


def _is_none_sent(row: ExportRow) -> bool:
    return row.is_complete is False and not row.bytes


def _state(visit: Visit, row: ExportRow) -> str:
    """Return whether a file came to its end; one that nobody ended for as long as any may take never will.

    Of one that was refused or failed before its first byte nobody has a part: it is not called cut.
    """
    if row.is_complete:
        return "complete"
    if _is_none_sent(row):
        return "nothing sent"
    is_over = row.is_complete is False or (visit.now - row.begun_at).total_seconds() > 2 * TIMEOUT_S
    return "cut" if is_over else "under way"
