"""The composition root of the web server: every page of the folder, static files, errors in house style."""

from threading import BoundedSemaphore
from types import ModuleType

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette_compress import CompressMiddleware

from app.core import catalogue
from app.services.read_closing import Closed
from app.web import assets, errors, health, pages
from app.web.csrf import CrossOriginGuard
from app.web.download import MOST_DOWNLOADS
from app.web.head import HeadAsGet
from app.web.headers import SecurityHeaders
from app.web.horizon import Observer
from app.web.hosts import OwnNames
from app.web.kept import Kept
from app.web.matrix_rows import Left
from app.web.navigation import Nav
from app.web.render import renderer
from app.web.site import Site


def create_app(site: Site) -> FastAPI:
    """Return the application over `site`'s database.

    Raises:
        CatalogueError: a module of app/web/pages has no router.
    """
    app = FastAPI(
        title="kvswatch",
        openapi_url=None,
        middleware=[
            Middleware(HeadAsGet),
            Middleware(OwnNames, names=site.names),
            Middleware(SecurityHeaders),
            # A page takes 0.15 ms at zstd's level 1, and twice that at 4, with larger tables, for 7 % of its bytes.
            Middleware(CompressMiddleware, brotli=False, zstd_level=1, gzip_level=4),
            Middleware(errors.Catch),
            Middleware(CrossOriginGuard),
        ],
    )
    app.state.site = site
    app.state.renderer = renderer()
    app.state.menu = menu(pages)
    app.state.observer = Observer()
    app.state.closings = Kept[tuple[Closed, ...]]()
    app.state.organizations = Kept[tuple[str, ...]]()
    app.state.left = Left()
    app.state.downloads = BoundedSemaphore(MOST_DOWNLOADS)
    app.include_router(assets.router(app.state.renderer.assets))
    app.include_router(health.router)
    for router in catalogue.load(pages, "router", APIRouter).values():
        app.include_router(router)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _unreadable)
    return app


def menu(package: ModuleType) -> tuple[Nav, ...]:
    """Return the menu entries of the pages that want one, in their order."""
    names = catalogue.load(package, "router", APIRouter)
    found = [getattr(getattr(package, name), "NAV", None) for name in names]
    return tuple(sorted((nav for nav in found if isinstance(nav, Nav)), key=lambda nav: nav.place))


def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class alone
    answer = errors.answer(request, errors.of_status(error.status_code, str(error.detail)))
    answer.headers.update(error.headers or {})  # Allow, of a 405
    return answer


def _unreadable(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this class alone
    named = ", ".join(str(problem["loc"][-1]) for problem in error.errors())
    return errors.answer(request, errors.of_status(422, f"Not understood: {named}."))
