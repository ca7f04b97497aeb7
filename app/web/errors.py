"""Errors as pages: what failed, what to do, and the id to ask with. Never a stack trace."""

from dataclasses import dataclass

import structlog
from sqlalchemy import exc
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.db.errors import QUERY_CANCELED, is_locked

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Trouble:
    """One error as the page shows it."""

    status: int
    title: str
    advice: str
    again: str = ""


KNOWN = {
    400: Trouble(
        400, "This address cannot be read", "A part of it is not what this page takes. The address is kept above."
    ),
    403: Trouble(
        403,
        "This request came from another site and was refused",
        "Nothing was changed. Open the page here and press its button again.",
    ),
    404: Trouble(
        404, "There is nothing at this address", "It may have been renamed, or lie in an account that you may not see."
    ),
    405: Trouble(405, "This address does not take that request", "Nothing was changed."),
    422: Trouble(
        422, "This address cannot be read", "A part of it is not what this page takes. The address is kept above."
    ),
}
BROKEN = Trouble(
    500, "kvswatch failed to make this page", "The error is in the log under the request id. Other pages go on."
)
UNREACHABLE = Trouble(
    503,
    "The database does not answer",
    "Nothing is lost. The page answers again as soon as the database does.",
    "Try again",
)
OUTDATED = Trouble(
    503,
    "The database is not of this release",
    "Run `kvswatch migrate` on the server, or start the release that changed the database, then load this page again.",
    "Try again",
)
TOO_SLOW = Trouble(
    503,
    "The query took longer than 5 s and was stopped",
    "A shorter time range, or one account, will answer.",
    "Try again",
)
LOCKED = Trouble(
    503,
    "The database does not answer: a table is locked",
    "Another transaction holds what this page reads. Nothing is lost. The page answers again as soon as that one ends.",
    "Try again",
)
UNDEFINED = frozenset({"42P01", "42703"})


def trouble_of(error: Exception) -> Trouble:
    """Return what to say of an error that nobody caught."""
    if not isinstance(error, exc.DBAPIError):
        return UNREACHABLE if isinstance(error, exc.TimeoutError) else BROKEN
    if is_locked(error):
        return LOCKED
    state = getattr(error.orig, "sqlstate", None)
    if state == QUERY_CANCELED:
        return TOO_SLOW
    if state in UNDEFINED:
        return OUTDATED
    return UNREACHABLE if isinstance(error, exc.OperationalError | exc.InterfaceError) else BROKEN


def answer(request: Request, trouble: Trouble) -> Response:
    """Return the error as a page, or as JSON for programs."""
    request_id = request.state.request_id
    if "text/html" not in request.headers.get("accept", "text/html") and "*/*" not in request.headers.get("accept", ""):
        body = {"error": trouble.title, "advice": trouble.advice, "request_id": request_id}
        return JSONResponse(body, trouble.status)
    from app.web import render  # noqa: PLC0415 - the error page is a page: render knows errors, not the other way

    return render.error(request, trouble)


def of_status(status: int, detail: str = "") -> Trouble:
    """Return the page of a status that a handler raised; a handler's own words win over ours."""
    known = KNOWN.get(status, Trouble(status, "This cannot be answered", ""))
    is_ours = bool(detail) and detail not in {"Not Found", "Method Not Allowed", "Bad Request", "Forbidden"}
    return Trouble(known.status, known.title, detail) if is_ours else known


def refusal(scope: Scope) -> Response:
    """Return the answer to a request that the cross-origin guard refuses."""
    headers = Headers(scope=scope)
    log.warning("cross_origin_request_refused", path=scope["path"], origin=headers.get("origin"))
    return answer(Request(scope), KNOWN[403])


class Catch:
    """Turns an error that nobody caught into a page, inside of the security headers."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or answer with the error page when nothing was sent yet."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        is_started = False

        async def watched(message: Message) -> None:
            nonlocal is_started
            is_started = is_started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Exception as error:
            log.exception("request_failed", path=scope["path"], request_id=scope["state"]["request_id"])
            if is_started:
                raise
            await answer(Request(scope), trouble_of(error))(scope, receive, send)
