"""`/events.csv`, `/findings.csv`, `/matrix.csv`, also as `.jsonl`: exactly what the page of the filter means."""

from collections.abc import Callable

from fastapi import APIRouter, Request
from sqlalchemy import Engine
from starlette.exceptions import HTTPException
from starlette.responses import Response

from app.core.model.scope import Scope
from app.core.query.filter import Filter, parse
from app.core.query.listing import EVENTS, FINDINGS, MATRIX, Listing
from app.services.export_data import Chunks, event_chunks, finding_chunks, formats, matrix_chunks
from app.web.download import announced, download, refusal
from app.web.site import Site

router = APIRouter()
Export = Callable[[Engine, Scope, Filter, str], Chunks]


@router.get("/events.{fmt}", include_in_schema=False)
def events(request: Request, fmt: str) -> Response:
    """Export calls."""
    return _export(request, EVENTS, fmt, event_chunks)


@router.get("/findings.{fmt}", include_in_schema=False)
def findings(request: Request, fmt: str) -> Response:
    """Export findings."""
    return _export(request, FINDINGS, fmt, finding_chunks)


@router.get("/matrix.{fmt}", include_in_schema=False)
def matrix(request: Request, fmt: str) -> Response:
    """Export the access matrix."""
    return _export(request, MATRIX, fmt, matrix_chunks)


def _export(request: Request, listing: Listing, fmt: str, chunks: Export) -> Response:
    if fmt not in formats():
        raise HTTPException(404)
    site: Site = request.app.state.site
    asked = parse(request.query_params.multi_items(), listing, site.clock())
    if asked.problems:
        return refusal(asked.problems)
    if request.state.is_head:
        return announced(asked.filter, fmt)
    made = chunks(site.reader, site.user().scope, asked.filter, fmt)
    return download(made, asked.filter, fmt, request.app.state.downloads)
