"""Wildcard patterns of the policy language, matched in time proportional to the text.

A pattern is a tuple of pieces: literal text, STAR (any run of characters) or ANY (exactly one).
The wildcards are values of their own, so a `*` inside a substituted variable stays a literal star.
"""

import re
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

COLONS = 5
"""An ARN has six parts; the sixth keeps its own colons."""


class Wild(Enum):
    """The two wildcards (IAM User Guide, "IAM JSON policy elements: Resource")."""

    STAR = "*"
    ANY = "?"


Pieces = tuple[str | Wild, ...]
Chunk = str | re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Glob:
    """A pattern cut at its stars into fixed-length chunks: greedy leftmost matching is exact, without backtracking."""

    chunks: tuple[Chunk, ...]
    lengths: tuple[int, ...]

    def matches(self, text: str) -> bool:
        """Whether the whole of `text` matches."""
        first, last = self.chunks[0], self.chunks[-1]
        if len(self.chunks) == 1:
            return len(text) == self.lengths[0] and _is_at(first, text, 0)
        end = len(text) - self.lengths[-1]
        position = self.lengths[0]
        if end < position or not _is_at(first, text, 0) or not _is_at(last, text, end):
            return False
        for chunk, length in zip(self.chunks[1:-1], self.lengths[1:-1], strict=True):
            found = _find(chunk, text, position, end)
            if found < 0:
                return False
            position = found + length
        return True


@lru_cache(maxsize=65536)
def glob(pieces: Pieces) -> Glob:
    """Return the matcher of a pattern."""
    chunks: list[list[str | Wild]] = [[]]
    for piece in pieces:
        if piece is Wild.STAR:
            chunks.append([])
        else:
            chunks[-1].append(piece)
    return Glob(tuple(_chunk(chunk) for chunk in chunks), tuple(_length(chunk) for chunk in chunks))


def pieces_of(text: str) -> Pieces:
    """Return the pieces of a pattern without variables."""
    if "*" not in text and "?" not in text:
        return (text,) if text else ()
    return tuple(
        Wild.STAR if part == "*" else Wild.ANY if part == "?" else part for part in re.split(r"([*?])", text) if part
    )


def arn_parts(pieces: Pieces) -> tuple[Pieces, ...]:
    """Return a pattern cut at its first five colons: up to six parts."""
    parts: list[list[str | Wild]] = [[]]
    for piece in pieces:
        if isinstance(piece, Wild):
            parts[-1].append(piece)
            continue
        head, *rest = piece.split(":", COLONS + 1 - len(parts)) if len(parts) <= COLONS else [piece]
        if head:
            parts[-1].append(head)
        parts.extend([text] if text else [] for text in rest)
    return tuple(tuple(part) for part in parts)


def joined(pieces: Pieces) -> str | None:
    """Return the one text that the pattern matches, or None when it holds a wildcard."""
    if len(pieces) == 1 and isinstance(pieces[0], str):
        return pieces[0]
    texts = [piece for piece in pieces if isinstance(piece, str)]
    return "".join(texts) if len(texts) == len(pieces) else None


def _chunk(pieces: list[str | Wild]) -> Chunk:
    if Wild.ANY not in pieces:
        return "".join(piece for piece in pieces if isinstance(piece, str))
    return re.compile("".join(re.escape(piece) if isinstance(piece, str) else "." for piece in pieces), re.DOTALL)


def _length(pieces: list[str | Wild]) -> int:
    return sum(len(piece) if isinstance(piece, str) else 1 for piece in pieces)


def _is_at(chunk: Chunk, text: str, position: int) -> bool:
    if isinstance(chunk, str):
        return text.startswith(chunk, position)
    return chunk.match(text, position) is not None


def _find(chunk: Chunk, text: str, start: int, end: int) -> int:
    if isinstance(chunk, str):
        return text.find(chunk, start, end)
    found = chunk.search(text, start, end)
    return found.start() if found else -1
