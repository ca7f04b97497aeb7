"""`/events.csv`, `/streams.jsonl` and the others: exactly what the page of the filter means."""

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from app.core.errors import InvalidInput
from app.core.query.filter import parse
from app.core.query.listing import LISTINGS
from app.services.export_data import chunks, formats
from app.web.download import announced, download, refusal
from app.web.site import Site

router = APIRouter()


@router.get("/{name}.{fmt}", include_in_schema=False)
def export(request: Request, name: str, fmt: str) -> Response:
    """Export one list."""
    if name not in LISTINGS or fmt not in formats():
        raise HTTPException(404)
    site: Site = request.app.state.site
    now = site.clock()
    asked = parse(request.query_params.multi_items(), LISTINGS[name], now)
    if asked.problems:
        return refusal(asked.problems)
    answer = announced if request.state.is_head else download
    made = chunks(site.reader, site.user().scope, asked.filter, fmt, now)
    try:
        return answer(made, asked.filter, fmt, request.app.state.downloads)
    except InvalidInput as error:
        return refusal([error])
