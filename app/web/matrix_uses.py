"""How often and when a cell was used and on which keys it depends, in words: what stands behind its state."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache

from app.core.matrix.cells import BIT, Cell
from app.db.queries.matrix import Use
from app.services.read_matrix import Row
from app.web import filters, words

_CALLED = Cell.USED.value
_GRANTED_USED = frozenset({Cell.CONDITIONAL.value, Cell.PER_DEVICE.value})
"""States that do not say by themselves that there were calls."""
_USED = _GRANTED_USED | {_CALLED, Cell.GONE.value}
_NONE: Mapping[int, str] = {}
_MINUTES = len("2026-11-30 14:05")


@lru_cache(maxsize=4_096)
def keys_text(keys: tuple[str, ...], held: str) -> str:
    """Return " on aws:sourceip; on 6 of 44 streams": keys before `held`, which is how much it holds of."""
    named = filters.visible(words.listed(keys))
    return f" on {named};{held}" if named and held else f" on {named}" if named else held


def use_text(letter: str, uses: Sequence[Use], held: str) -> str:
    """Return what stands behind a state: how often and when, with `held` where it belongs; no `uses`: `held` alone."""
    if letter not in _USED or not uses:
        return held
    if letter == _CALLED:
        return f" {_said(uses)}{held}"
    return f"{held}; {'used ' if letter in _GRANTED_USED else ''}{_said(uses)}"


def _said(uses: Sequence[Use]) -> str:
    if len(uses) > 1:
        calls, first = sum(use.calls for use in uses), min(use.first for use in uses)
        return f"{calls:,} times in all since {first}, last {max(_text(use.last) for use in uses)}"
    (use,) = uses
    last = _text(use.last)
    return f"{use.calls:,} times since {use.first}, last {last}" if use.calls > 1 else f"once, {last}"


def _text(last: datetime | date) -> str:
    # Of thousands of cells: strftime takes many times as long. Days and times sort as their text does.
    return f"{str(last)[:_MINUTES]}Z" if isinstance(last, datetime) else str(last)


def used_phrases(rows: Sequence[Row], columns: tuple[str, ...], held: Sequence[str]) -> Mapping[int, str]:
    """Return what stands behind the cells that were used of the rows of one line, by place; `held` is of the others."""
    used = {name for row in rows for name in row.principal.uses} if len(rows) > 1 else rows[0].principal.uses
    if not used:
        return _NONE
    letters, places = rows[0].cells, _places(columns)
    found = {}
    for name in used:
        place = places.get(name)
        if place is not None and letters[place] in _USED and (uses := _uses(rows, name)):
            found[place] = use_text(letters[place], uses, held[place])
    return found


@lru_cache(maxsize=64)
def _places(columns: tuple[str, ...]) -> Mapping[str, int]:
    return {name: place for place, name in enumerate(columns)}


def _uses(rows: Sequence[Row], action: str) -> list[Use]:
    """Return the uses of an action; none where of one of the rows it is not told how often."""
    if len(rows) == 1:
        return [rows[0].principal.uses[action]]
    used = [row.principal for row in rows if row.principal.bits.used & BIT[action]]
    found = [one.uses[action] for one in used if action in one.uses]
    return found if len(found) == len(used) else []
