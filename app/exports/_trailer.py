"""The last line of a file of JSON Lines: without it the file was cut on its way."""

import json
from collections.abc import Iterable, Iterator

from app.core.tally import Tally

NAME = "export"
"""The one key of the trailer, which no row has."""


def with_trailer(chunks: Iterable[bytes], rows: Tally) -> Iterator[bytes]:
    """Yield `chunks` and a line that tells how many rows they hold and the SHA-256 of all that stands before it."""
    before = Tally()
    for chunk in chunks:
        before.take(chunk)
        yield chunk
    told = {"rows": rows.rows, "sha256": before.sha256, "complete": True}
    yield f"{json.dumps({NAME: told})}\n".encode()
