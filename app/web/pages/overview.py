"""`/`: the state of each practice, what is new, calls per hour, and which accounts are stale."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.web.navigation import Nav
from app.web.visit import visiting

router = APIRouter()
NAV = Nav("Overview", "/", "house", 100)


@dataclass(frozen=True, slots=True)
class Overview:
    """What the page prints."""

    title: str


@router.get("/", include_in_schema=False)
def overview(request: Request) -> Response:
    """Show how things stand."""
    with visiting(request) as visit:
        return visit.page("pages/overview.html", Overview("Overview"))
