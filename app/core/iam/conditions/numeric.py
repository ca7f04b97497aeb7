"""Numeric operators: values are compared as decimal numbers, never as text."""

from collections.abc import Callable, Iterable
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from operator import eq, ge, gt, le, lt

from app.core.iam.conditions._family import Family, Matcher, Operator, text_of
from app.core.iam.globs import Pieces


def number(text: str) -> Decimal | None:
    """Return the number that `text` is, or None."""
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


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
    between = [(low + high) / 2 for low, high in pairwise(numbers)]
    return [str(value) for value in (*numbers, *between, numbers[0] - 1, numbers[-1] + 1)]


FAMILY = Family(
    {
        "NumericEquals": Operator(_comparing(eq)),
        "NumericNotEquals": Operator(_comparing(eq), is_negated=True),
        "NumericLessThan": Operator(_comparing(lt)),
        "NumericLessThanEquals": Operator(_comparing(le)),
        "NumericGreaterThan": Operator(_comparing(gt)),
        "NumericGreaterThanEquals": Operator(_comparing(ge)),
    },
    samples=_samples,
)
