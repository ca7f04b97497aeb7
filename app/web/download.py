"""An export as an answer: refused when the filter was not understood, else streamed."""

from itertools import chain
from threading import Lock

from anyio import CancelScope, CapacityLimiter, fail_after, to_thread
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from app.core.query.filter import Filter, Problem
from app.services.export_data import Chunks, file_name, formats

STALLED_S = 120
"""A client that takes nothing for so long is gone: a network that fell silent says no goodbye."""


def refusal(problems: tuple[Problem, ...]) -> Response:
    """Return what is said in the place of a file that would hold other rows than were asked for."""
    lines = (f"{problem.parameter}={problem.value} {problem.message}" for problem in problems)
    return PlainTextResponse("\n".join(["Nothing was exported:", *lines, ""]), 400)


def download(chunks: Chunks, query: Filter, fmt: str, *, stalled_s: float = STALLED_S) -> Response:
    """Return a file that is sent while it is made; `chunks` are closed when it is sent or its reader has gone."""
    return _Download(
        _Source(chunks),
        stalled_s,
        media_type=formats()[fmt].media_type,
        headers={
            "Content-Disposition": f'attachment; filename="{file_name(query, fmt)}"',
            "X-Accel-Buffering": "no",
        },
    )


class _Source:
    """Chunks that one thread may close while another still makes the next: closing waits its turn."""

    def __init__(self, chunks: Chunks) -> None:
        self._chunks = chunks
        self._turn = Lock()

    def __iter__(self) -> "_Source":
        return self

    def __next__(self) -> bytes:
        with self._turn:
            return next(self._chunks)

    def close(self) -> None:
        with self._turn:
            self._chunks.close()


class _Download(StreamingResponse):
    """A stream that lets go of what it is made from, however it ends: Starlette's leaves that to chance."""

    def __init__(self, source: _Source, stalled_s: float, *, media_type: str, headers: dict[str, str]) -> None:
        # Asked for before the headers go out: a database that is away is an error page, not an empty file.
        first = next(source, b"")
        super().__init__(chain([first], source), media_type=media_type, headers=headers)
        self._source = source
        self._stalled_s = stalled_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_in_time(message: Message) -> None:
            with fail_after(self._stalled_s):
                await send(message)

        try:
            await super().__call__(scope, receive, send_in_time)
        finally:
            # A thread beside those of the requests: these may all be waiting for the connection that is freed here.
            with CancelScope(shield=True):
                await to_thread.run_sync(self._source.close, limiter=CapacityLimiter(1))
