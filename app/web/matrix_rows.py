"""The rows of a matrix behind those of its page: for the script, which asks for them after the first paint."""

import secrets
from collections.abc import Callable, Sequence
from functools import lru_cache
from threading import Lock

import msgspec

from app.core.matrix.cells import Cell
from app.core.model.scope import Scope
from app.services.read_matrix import GRANTED, Matrix, Row, unsure
from app.web import filters
from app.web.matrix_drawer import named_as
from app.web.matrix_streams import Held, Phrases
from app.web.matrix_uses import used_phrases
from app.web.names import short

Lines = list[tuple[Row, ...]]
Made = Callable[[], bytes]
LEFT = "left"
"""The parameter that has the word of what is left."""
MOST_LEFT = 4
"""Matrices of 5,000 rows take megabytes."""


class Left:
    """What pages have read and left for their scripts: each is given once, to whoever may see as much."""

    def __init__(self) -> None:
        self._left: dict[str, tuple[Scope, Made]] = {}
        self._lock = Lock()

    def leave(self, scope: Scope, make: Made) -> str:
        """Return the word by which `make` is taken; the oldest that nobody took are forgotten."""
        word = secrets.token_urlsafe(12)
        with self._lock:
            self._left[word] = (scope, make)
            while len(self._left) > MOST_LEFT:
                del self._left[next(iter(self._left))]
        return word

    def take(self, scope: Scope, word: str) -> Made | None:
        """Return what was left by that word for this scope, and forget it."""
        with self._lock:
            left = self._left.pop(word, None)
        return left[1] if left is not None and left[0] == scope else None


def granted_to(row: Row, columns: Sequence[str]) -> str:
    """Return how many of the actions a principal is granted."""
    granted, unknown = _counted(row.cells)
    used = len(unsure(row, columns))
    return at_least(granted - used, unknown + used)


def at_least(granted: int, unknown: int) -> str:
    """Return how many grants there are: "?" or "≥3" where more may be, for of some that is `unknown`."""
    if not unknown:
        return filters.number(granted)
    # Without a blank: a column of the matrix has room for no more.
    return f"≥{filters.number(granted)}" if granted else "?"


# Rows of the same letters are many.
@lru_cache(maxsize=1_024)
def _counted(cells: str) -> tuple[int, int]:
    return sum(cell in GRANTED for cell in cells), cells.count(Cell.UNKNOWN)


def rows_json(
    lines: Lines,
    found: Matrix,
    held: Held,
    section_name: Callable[[Row], str],
    sub: Callable[[tuple[Row, ...]], str],
) -> bytes:
    """Return all rows as JSON.

    A row has its letters, its section and the phrases of its cells (`held`) as places in lists: most rows share them.
    Behind these stand the phrases of the cells that were used, by place, which are its own, and how many it is granted.
    """
    cells: dict[str, int] = {}
    sections: dict[str, int] = {}
    phrases: dict[Phrases, int] = {}
    listed = [
        [
            named_as(group[0].principal),
            short(group[0].principal.name),
            sub(group),
            cells.setdefault(group[0].cells, len(cells)),
            sections.setdefault(section_name(group[0]), len(sections)),
            phrases.setdefault(shared, len(phrases)),
            used_phrases(group, found.columns, shared),
            granted_to(group[0], found.columns),
        ]
        for group in lines
        for shared in (held.phrases(group),)
    ]
    return msgspec.json.encode(
        {"cells": list(cells), "sections": list(sections), "held": list(phrases), "rows": listed}
    )
