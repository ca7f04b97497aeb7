"""Colours, density and single keys of one browser, kept in its cookies: no account is needed and no flash is seen."""

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.responses import RedirectResponse, Response

from app.web.shell import DENSITIES, KEYS, THEMES

router = APIRouter()
A_YEAR_S = 31_536_000


@router.post("/preferences", include_in_schema=False)
def keep(
    theme: Annotated[str, Form()] = "",
    density: Annotated[str, Form()] = "",
    keys: Annotated[str, Form()] = "",
    next_path: Annotated[str, Form(alias="next")] = "/",
) -> Response:
    """Keep the choice and go back to the page."""
    response = RedirectResponse(local_path(next_path), 303)
    for name, value, allowed in (("theme", theme, THEMES), ("density", density, DENSITIES), ("keys", keys, KEYS)):
        if value in allowed:
            response.set_cookie(name, value, max_age=A_YEAR_S, samesite="lax", httponly=True)
        else:
            response.delete_cookie(name)
    return response


def local_path(path: str) -> str:
    """Return `path` when it lies within this site, else the overview: no form may send people elsewhere."""
    is_local = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if is_local else "/"
