"""The state of each cell of the matrix, computed for a whole row at once.

A row's actions are bits in the order of `IN_MATRIX_ORDER`. What one principal is granted on all resources of a scope
folds into one set of outcomes a cell; what decides which of them is shown stands in `state`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from app.core.coverage.history import Strip
from app.core.coverage.observe import ActionClass, class_of
from app.core.kvs.actions import IN_MATRIX_ORDER
from app.core.model.grant import Outcome

ENOUGH_SEEN = 0.95
"""The share of the time that must have been observable before "unused" may be said."""
UNUSED = f"unused ({ENOUGH_SEEN:.0%} or more observed)".replace("%", " %")
"""The word never stands without its share: of the rest nobody knows."""
COLUMNS: tuple[str, ...] = tuple(action.name for action in IN_MATRIX_ORDER)
BIT: dict[str, int] = {name: 1 << place for place, name in enumerate(COLUMNS)}
CLASS_BITS: dict[ActionClass, int] = {
    kind: sum(BIT[action.name] for action in IN_MATRIX_ORDER if class_of(action) is kind) for kind in ActionClass
}


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


def cells(bits: Bits, observable: int) -> str:
    """Return the letters of a row; `observable` are the actions whose use would have been seen."""
    return "".join(state(bits, 1 << place, observable) for place in range(len(COLUMNS)))


def state(bits: Bits, bit: int, observable: int) -> Cell:
    """Return what one cell shows.

    A certain grant shows its use. A conditional or per-device grant stays one even where it was used: that is what
    tells a careful fleet from an over-broad one. What nobody could read is never shown as not granted.
    """
    if bits.allow & bit:
        return _granted(bits, bit, observable)
    if bits.conditional & bit:
        return Cell.CONDITIONAL
    if bits.per_device & bit:
        return Cell.PER_DEVICE
    if bits.used & bit:
        is_known = bits.is_evaluated and not bits.unknown & bit
        return Cell.GONE if is_known else Cell.USED
    if bits.unknown & bit:
        return Cell.UNKNOWN
    return Cell.DENIED if bits.deny & bit else Cell.EMPTY


def _granted(bits: Bits, bit: int, observable: int) -> Cell:
    if bits.used & bit:
        return Cell.USED
    return Cell.UNUSED if observable & bit else Cell.UNOBSERVABLE


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


def named(bits: int) -> Iterator[str]:
    """Yield the actions of a set of bits, in the order of the matrix."""
    return (name for name in COLUMNS if bits & BIT[name])
