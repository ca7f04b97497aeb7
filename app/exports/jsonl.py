"""JSON Lines: one object a row, every text as it was stored, nothing neutralised."""

import json
from collections.abc import Iterable, Iterator, Sequence

from app.exports._format import Format, chunked


def encode(columns: Sequence[str], rows: Iterable[Sequence[str | None]]) -> Iterator[bytes]:
    """Yield one object a row; None is null."""
    return chunked(f"{json.dumps(dict(zip(columns, row, strict=True)), ensure_ascii=False)}\n" for row in rows)


FORMAT = Format(
    name="jsonl",
    label="JSON Lines",
    media_type="application/x-ndjson",
    suffix=".jsonl",
    encode=encode,
    has_trailer=True,
)
