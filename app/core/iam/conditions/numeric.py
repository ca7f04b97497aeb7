"""Numeric operators: values are compared as decimal numbers, never as text."""

import re
from collections.abc import Callable, Iterable
from decimal import Context, Decimal
from itertools import pairwise
from operator import eq, ge, gt, le, lt

from app.core.iam.conditions._family import Family, Matcher, Operator, text_of
from app.core.iam.globs import Pieces

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,2})?", re.ASCII)
_LONGEST = 400
_EXACT = Context(prec=2 * _LONGEST)
"""Decimal's own context rounds at 28 digits: there a large number less one would be itself."""


def number(text: str) -> Decimal | None:
    """Return the number that `text` is, or None. What nobody could mean (9e999999999) is none."""
    text = text.strip()
    return Decimal(text) if len(text) <= _LONGEST and _NUMBER.fullmatch(text) else None


def around(numbers: list[Decimal]) -> list[Decimal]:
    """Return each of some sorted numbers, one between each two, and one beyond each end."""
    between = [_EXACT.divide(_EXACT.add(low, high), Decimal(2)) for low, high in pairwise(numbers)]
    return [*numbers, *between, _EXACT.subtract(numbers[0], Decimal(1)), _EXACT.add(numbers[-1], Decimal(1))]


def _comparing(holds: Callable[[Decimal, Decimal], bool]) -> Callable[[Pieces], Matcher]:
    def matcher(pieces: Pieces) -> Matcher:
        expected = number(text_of(pieces))

        def matches(actual: str) -> bool:
            value = number(actual)
            return value is not None and expected is not None and holds(value, expected)

        return matches

    return matcher


def _samples(values: Iterable[Pieces]) -> Iterable[str]:
    """Return each number of the policy, one between each two, and one beyond each end."""
    numbers = sorted({value for pieces in values if (value := number(text_of(pieces))) is not None})
    if not numbers:
        return ["0"]
    return [str(value) for value in around(numbers)]


_equals = _comparing(eq)

FAMILY = Family(
    {
        "NumericEquals": Operator(_equals),
        "NumericNotEquals": Operator(_equals, is_negated=True),
        "NumericLessThan": Operator(_comparing(lt)),
        "NumericLessThanEquals": Operator(_comparing(le)),
        "NumericGreaterThan": Operator(_comparing(gt)),
        "NumericGreaterThanEquals": Operator(_comparing(ge)),
    },
    samples=_samples,
)
