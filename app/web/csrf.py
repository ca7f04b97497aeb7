"""The guard against requests that another site makes a browser send: by origin, without tokens.

The rules are those of Go's http.CrossOriginProtection. Browsers leave Sec-Fetch-Site out on plain http to other
hosts than loopback; Origin decides there. No state changes on GET, ever.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from app.web.errors import refusal

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def is_allowed(method: str, headers: Mapping[str, str], cookie_names: frozenset[str] = frozenset()) -> bool:
    """Return whether a request comes from our own pages, or from no browser at all.

    A request without Sec-Fetch-Site and Origin is a program's: allowed unless it carries one of `cookie_names`.
    """
    if method in SAFE_METHODS:
        return True
    site = headers.get("sec-fetch-site")
    if site:
        # "same-site" is refused: another name under our domain is another application.
        return site in {"same-origin", "none"}
    origin = headers.get("origin")
    if origin:
        return origin != "null" and urlsplit(origin).netloc == headers.get("host", "")
    return not any(name in headers.get("cookie", "") for name in cookie_names)


class CrossOriginGuard:
    """Refuses unsafe methods that come from elsewhere."""

    def __init__(self, app: ASGIApp, session_cookies: frozenset[str] = frozenset()) -> None:
        self.app = app
        self.session_cookies = session_cookies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 403."""
        if scope["type"] == "http" and not is_allowed(scope["method"], Headers(scope=scope), self.session_cookies):
            await refusal(scope)(scope, receive, send)
            return
        await self.app(scope, receive, send)
