"""Answers only to its own names, as long as nobody has to sign in.

Without this a page of any site could read every account: its name is made to resolve to 127.0.0.1 while it is open
(DNS rebinding), and the browser then takes our answers for that site's own.
"""

from collections.abc import Collection

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})


class OwnNames:
    """Refuses requests for hosts that are none of `names`; None: any."""

    def __init__(self, app: ASGIApp, names: Collection[str] | None) -> None:
        self._app = app
        self._names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what is meant for us."""
        if scope["type"] == "http" and self._names is not None:
            host = Headers(scope=scope).get("host", "")
            if name_of(host) not in self._names:
                answer = PlainTextResponse(f"This server is not {host[:100]!r}: open it at http://127.0.0.1.\n", 421)
                await answer(scope, receive, send)
                return
        await self._app(scope, receive, send)


def name_of(host: str) -> str:
    """Return the name of a Host header in lower case, without its port; an IPv6 address keeps its brackets."""
    if host.startswith("["):
        return host[: host.find("]") + 1].lower()
    return host.partition(":")[0].lower()
