"""An export as an answer: refused when the filter was not understood or too many are under way, else streamed."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from threading import BoundedSemaphore, Lock

from anyio import CancelScope, CapacityLimiter, fail_after, to_thread
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from app.core.query.filter import Filter
from app.core.tally import Tally
from app.exports._gzip import MEDIA_TYPE
from app.services.export_data import TIMEOUT_S, Chunks, file_name, formats

MOST_DOWNLOADS = 6
"""Downloads at one time: each holds a connection for as long as its reader takes, and pages need the rest of the 20."""
AGAIN_S = 60
STALLED_S = 120
"""A client that takes nothing for so long is gone: a network that fell silent says no goodbye."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How many seconds a client may take: with one chunk, and with the file, which else keeps its place for ever."""

    chunk_s: float = STALLED_S
    file_s: float = TIMEOUT_S


def refusal(problems: Iterable[object]) -> Response:
    """Return what is said in the place of a file that would hold other rows than were asked for."""
    return PlainTextResponse("\n".join(["Nothing was exported:", *map(str, problems), ""]), 400)


def download(
    chunks: Chunks,
    query: Filter,
    fmt: str,
    places: BoundedSemaphore,
    tally: Tally,
    *,
    is_gzip: bool = False,
    patience: Patience = Patience(),
) -> Response:
    """Return a file that is sent while it is made; `chunks` are closed when it is sent or its reader has gone.

    Where `tally` knows by the first chunk how many rows there are, the header X-Rows says so. It takes one of `places`
    until the end; when none is free nothing is begun, and the answer says when to come again.
    """
    if not places.acquire(blocking=False):
        text = f"{MOST_DOWNLOADS} downloads are under way, which is as many as there may be. Try again in a minute.\n"
        return PlainTextResponse(text, 503, {"Retry-After": str(AGAIN_S)})
    return _Download(
        _Source(chunks, places),
        tally,
        patience,
        media_type=_media_type(fmt, is_gzip=is_gzip),
        headers=_headers(query, fmt, is_gzip=is_gzip),
    )


def announced(
    chunks: Chunks, query: Filter, fmt: str, places: BoundedSemaphore, tally: Tally, *, is_gzip: bool = False
) -> Response:
    """Return what `download` would, without the file: the answer to HEAD. The file is begun, so that faults show."""
    answer = download(chunks, query, fmt, places, tally, is_gzip=is_gzip)
    if not isinstance(answer, _Download):
        return answer
    answer.source.close()
    # A stream without a chunk: the length of the file is not known, and so not told.
    headers = _headers(query, fmt, is_gzip=is_gzip) | _rows(tally)
    return StreamingResponse(iter(()), media_type=_media_type(fmt, is_gzip=is_gzip), headers=headers)


def _media_type(fmt: str, *, is_gzip: bool) -> str:
    return MEDIA_TYPE if is_gzip else formats()[fmt].media_type


def _headers(query: Filter, fmt: str, *, is_gzip: bool) -> dict[str, str]:
    return {
        "Content-Disposition": f'attachment; filename="{file_name(query, fmt, is_gzip=is_gzip)}"',
        "X-Accel-Buffering": "no",
    }


def _rows(tally: Tally) -> dict[str, str]:
    return {} if tally.expected is None else {"X-Rows": str(tally.expected)}


class _Source:
    """Chunks that one thread may close while another still makes the next: closing waits its turn.

    Their place is free again when they are closed, and not before: the connection is given back by then.
    """

    def __init__(self, chunks: Chunks, places: BoundedSemaphore) -> None:
        self._chunks = chunks
        self._places = places
        self._is_open = True
        self._turn = Lock()

    def __iter__(self) -> "_Source":
        return self

    def __next__(self) -> bytes:
        with self._turn:
            return next(self._chunks)

    def close(self) -> None:
        with self._turn:
            if not self._is_open:
                return
            self._is_open = False
            try:
                self._chunks.close()
            finally:
                self._places.release()


class _Download(StreamingResponse):
    """A stream that lets go of what it is made from, however it ends: Starlette's leaves that to chance."""

    def __init__(
        self, source: _Source, tally: Tally, patience: Patience, *, media_type: str, headers: dict[str, str]
    ) -> None:
        # Asked for before the headers go out: a database that is away is an error page, not an empty file.
        try:
            first = next(source, b"")
        except BaseException:
            source.close()
            raise
        super().__init__(chain([first], source), media_type=media_type, headers=headers | _rows(tally))
        self.source = source
        self._patience = patience

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_in_time(message: Message) -> None:
            with fail_after(self._patience.chunk_s):
                await send(message)

        try:
            with fail_after(self._patience.file_s):
                await super().__call__(scope, receive, send_in_time)
        finally:
            # A thread beside those of the requests: these may all be waiting for the connection that is freed here.
            with CancelScope(shield=True):
                await to_thread.run_sync(self.source.close, limiter=CapacityLimiter(1))
