"""What an export format is."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Format:
    """One way to write rows.

    `encode(columns, rows)` yields chunks of bytes; cells are text or None, in the order of `columns`. `has_trailer`: a
    last line tells that the file is whole; where a format has no place for one, the list of exports does.
    """

    name: str
    label: str
    media_type: str
    suffix: str
    encode: Callable[[Sequence[str], Iterable[Sequence[str | None]]], Iterator[bytes]]
    has_trailer: bool = False


CHUNK = 1 << 17
"""Bytes to a chunk: each costs a switch of threads in the web server."""


def chunked(lines: Iterable[str]) -> Iterator[bytes]:
    """Yield lines joined into chunks of about 128 kB, UTF-8; lone surrogates become question marks."""
    held, size = [], 0
    for line in lines:
        held.append(line)
        size += len(line)
        if size >= CHUNK:
            yield "".join(held).encode("utf-8", "replace")
            held, size = [], 0
    if held:
        yield "".join(held).encode("utf-8", "replace")
