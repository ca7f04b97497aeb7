"""The state of each cell of the matrix, computed for a whole row at once.

A row's actions are bits in the order of `IN_MATRIX_ORDER`. What one principal is granted on all resources of a scope
folds into one set of outcomes a cell; what decides which of them is shown stands in `_states`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from app.core.coverage.history import Strip
from app.core.coverage.observe import ActionClass, class_of
from app.core.kvs.actions import IN_MATRIX_ORDER
from app.core.model.grant import Outcome
from app.core.model.stream import ResourceKind

ENOUGH_SEEN = 0.95
"""The share of the time that must have been observable before "unused" may be said."""
UNUSED = f"unused ({ENOUGH_SEEN:.0%} or more observed)".replace("%", " %")
"""The word never stands without its share: of the rest nobody knows."""
COLUMNS: tuple[str, ...] = tuple(action.name for action in IN_MATRIX_ORDER)
BIT: dict[str, int] = {name: 1 << place for place, name in enumerate(COLUMNS)}
CLASS_BITS: dict[ActionClass, int] = {
    kind: sum(BIT[action.name] for action in IN_MATRIX_ORDER if class_of(action) is kind) for kind in ActionClass
}
TAKEN: dict[ResourceKind, int] = {
    ResourceKind.STREAM: sum(BIT[one.name] for one in IN_MATRIX_ORDER if one.on_stream),
    ResourceKind.CHANNEL: sum(BIT[one.name] for one in IN_MATRIX_ORDER if one.on_channel),
}
"""The actions that can be called on a stream, or on a channel."""


class Cell(StrEnum):
    """What a cell shows, by the letter that pages and exports share."""

    USED = "U"
    UNUSED = "G"
    UNOBSERVABLE = "B"
    CONDITIONAL = "C"
    PER_DEVICE = "D"
    DENIED = "X"
    GONE = "R"
    """Used within the range and not granted any more."""
    UNKNOWN = "?"
    EMPTY = "."


SHOWN: dict[Cell, Outcome] = {
    Cell.USED: Outcome.ALLOW,
    Cell.UNUSED: Outcome.ALLOW,
    Cell.UNOBSERVABLE: Outcome.ALLOW,
    Cell.CONDITIONAL: Outcome.CONDITIONAL,
    Cell.PER_DEVICE: Outcome.PER_DEVICE,
    Cell.DENIED: Outcome.DENY,
    Cell.UNKNOWN: Outcome.UNKNOWN,
}
"""The outcome that a letter shows, of those that a cell has on its streams."""


@dataclass(frozen=True, slots=True)
class Bits:
    """What one principal is granted and did, each a set of actions as bits.

    `is_evaluated` False: nobody computed the account's grants, or the principal is none of that account.
    """

    allow: int = 0
    conditional: int = 0
    per_device: int = 0
    unknown: int = 0
    deny: int = 0
    used: int = 0
    is_evaluated: bool = True


# Rows of the same bits are many.
@lru_cache(maxsize=16_384)
def cells(bits: Bits, observable: int) -> str:
    """Return the letters of a row; `observable` are the actions whose use would have been seen."""
    row = _EMPTY.copy()
    for letter, actions in _states(bits, observable):
        left = actions
        while left:
            row[(left & -left).bit_length() - 1] = letter
            left &= left - 1
    return "".join(row)


_EMPTY: list[str] = [Cell.EMPTY.value] * len(COLUMNS)
_USED, _UNUSED, _UNOBSERVABLE, _CONDITIONAL, _PER_DEVICE, _DENIED, _GONE, _UNKNOWN, _ = (cell.value for cell in Cell)


def _states(bits: Bits, observable: int) -> Iterator[tuple[str, int]]:
    """Yield the letter of each state with the actions that show it, of which each shows one.

    A certain grant shows its use. A conditional or per-device grant stays one even where it was used: that is what
    tells a careful fleet from an over-broad one. What nobody could read is never shown as not granted.
    """
    unused = bits.allow & ~bits.used
    yield _USED, bits.allow & bits.used
    yield _UNUSED, unused & observable
    yield _UNOBSERVABLE, unused & ~observable
    conditional = bits.conditional & ~bits.allow
    yield _CONDITIONAL, conditional
    per_device = bits.per_device & ~bits.allow & ~conditional
    yield _PER_DEVICE, per_device
    left = ~(bits.allow | conditional | per_device)
    used, unknown = bits.used & left, bits.unknown if bits.is_evaluated else -1
    yield _GONE, used & ~unknown
    yield _USED, used & unknown
    yield _UNKNOWN, bits.unknown & left & ~bits.used
    yield _DENIED, bits.deny & left & ~bits.used & ~bits.unknown


def observable_bits(strips: Iterable[Strip]) -> dict[int, int]:
    """Return, by account, the actions whose use was observable in every Region for nearly all of the time.

    An account without strips has no streams that anyone saw: nothing of it counts as observable.
    """
    told: dict[int, int] = {}
    unseen: dict[int, int] = {}
    for strip in strips:
        told[strip.account] = told.get(strip.account, 0) | CLASS_BITS[strip.kind]
        unseen[strip.account] = unseen.get(strip.account, 0) | unseen_bits(strip)
    return {account: bits & ~unseen[account] for account, bits in told.items()}


def unseen_bits(strip: Strip) -> int:
    """Return the actions of a strip's class of whose time too little was observed to call them unused."""
    if strip.observed >= ENOUGH_SEEN:
        return 0
    if not strip.apart:
        return CLASS_BITS[strip.kind]
    return sum(BIT[name] for names, _ in strip.apart for name in names if strip.of(name).observed < ENOUGH_SEEN)


def bits_of(names: Iterable[str]) -> int:
    """Return actions as bits."""
    return sum(BIT[name] for name in names)


def named(bits: int) -> Iterator[str]:
    """Yield the actions of a set of bits, in the order of the matrix."""
    return (name for name in COLUMNS if bits & BIT[name])
