"""`/views`: forms that give a view a name and drop it; `/search` lists them, and each list its own."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from app.core.errors import InvalidInput
from app.services import save_view
from app.web.site import Site

router = APIRouter()


@router.post("/views", include_in_schema=False)
def save(request: Request, name: Annotated[str, Form()] = "", address: Annotated[str, Form()] = "") -> Response:
    """Keep a view and go back to it."""
    site: Site = request.app.state.site
    try:
        kept = save_view.save_view(site.writer, name, address, by=site.user().name, now=site.clock())
    except InvalidInput as error:
        raise HTTPException(400, f"{error}.") from error
    return RedirectResponse(kept, 303)


@router.post("/views/{number:int}/drop", include_in_schema=False)
def drop(request: Request, number: int) -> Response:
    """Drop a view and go back to the list of them."""
    site: Site = request.app.state.site
    try:
        save_view.drop_view(site.writer, number, by=site.user().name, now=site.clock())
    except InvalidInput as error:
        raise HTTPException(404, f"{error}.") from error
    return RedirectResponse("/search", 303)
