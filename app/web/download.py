"""An export as an answer: refused when the filter was not understood, else streamed."""

from collections.abc import Iterator
from itertools import chain

from starlette.responses import PlainTextResponse, Response, StreamingResponse

from app.core.query.filter import Filter, Problem
from app.services.export_data import file_name, formats


def refusal(problems: tuple[Problem, ...]) -> Response:
    """Return what is said in the place of a file that would hold other rows than were asked for."""
    lines = (f"{problem.parameter}={problem.value} {problem.message}" for problem in problems)
    return PlainTextResponse("\n".join(["Nothing was exported:", *lines, ""]), 400)


def download(chunks: Iterator[bytes], query: Filter, fmt: str) -> Response:
    """Return a file that is sent while it is made."""
    # Asked for before the headers go out: a database that is away is an error page, not an empty file.
    first = next(chunks, b"")
    return StreamingResponse(
        chain([first], chunks),
        media_type=formats()[fmt].media_type,
        headers={
            "Content-Disposition": f'attachment; filename="{file_name(query, fmt)}"',
            "X-Accel-Buffering": "no",
        },
    )
