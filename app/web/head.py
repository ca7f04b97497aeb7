"""HEAD is answered as GET is, without the body (RFC 9110, section 9.3.2): one place for all routes."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class HeadAsGet:
    """Lets the application see GET; `request.state.is_head` tells those who would begin something long for a body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the status and the headers that GET has."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_head = scope["method"] == "HEAD"
        state = {**scope.get("state", {}), "is_head": is_head}
        if not is_head:
            await self._app({**scope, "state": state}, receive, send)
            return

        async def without_body(message: Message) -> None:
            if message["type"] == "http.response.start":
                await send(message)
            elif message["type"] == "http.response.body" and not message.get("more_body"):
                await send({"type": "http.response.body", "body": b""})

        await self._app({**scope, "method": "GET", "state": state}, receive, without_body)
