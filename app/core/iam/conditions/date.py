"""Date operators: ISO 8601 in the forms of the W3C note, or seconds since 1970."""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from decimal import Decimal
from operator import eq, ge, gt, le, lt

from app.core.iam.conditions._family import Family, Matcher, Operator, text_of
from app.core.iam.conditions.numeric import around, number
from app.core.iam.globs import Pieces

_SHORT = re.compile(r"\d{4}(-\d{2})?")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def instant(text: str) -> Decimal | None:
    """Return the seconds since 1970 of a date, or None when it is none. A date without a zone is UTC."""
    text = text.strip()
    if _SHORT.fullmatch(text):
        # A year or a month: four digits alone are a year here, as no policy means the first hours of 1970.
        text = f"{text}-01-01" if len(text) == len("2026") else f"{text}-01"
    seconds = number(text)
    if seconds is not None:
        return seconds
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return Decimal(str((moment - _EPOCH).total_seconds()))


def _comparing(holds: Callable[[Decimal, Decimal], bool]) -> Callable[[Pieces], Matcher]:
    def matcher(pieces: Pieces) -> Matcher:
        expected = instant(text_of(pieces))

        def matches(actual: str) -> bool:
            value = instant(actual)
            return value is not None and expected is not None and holds(value, expected)

        return matches

    return matcher


def _samples(values: Iterable[Pieces]) -> Iterable[str]:
    """Return each instant of the policy, one between each two, and one beyond each end, as seconds."""
    instants = sorted({value for pieces in values if (value := instant(text_of(pieces))) is not None})
    if not instants:
        return ["1000000000"]
    return [f"{value:f}" for value in around(instants)]


_equals = _comparing(eq)

FAMILY = Family(
    {
        "DateEquals": Operator(_equals),
        "DateNotEquals": Operator(_equals, is_negated=True),
        "DateLessThan": Operator(_comparing(lt)),
        "DateLessThanEquals": Operator(_comparing(le)),
        "DateGreaterThan": Operator(_comparing(gt)),
        "DateGreaterThanEquals": Operator(_comparing(ge)),
    },
    samples=_samples,
)
