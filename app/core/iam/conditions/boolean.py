"""Bool: true or false, in any case; JSON's true and the text "true" are the same."""

from collections.abc import Iterable

from app.core.iam.conditions._family import Family, Matcher, Operator, text_of
from app.core.iam.globs import Pieces

_BOOLEANS = ("true", "false")


def is_boolean(text: str) -> bool:
    """Whether a value is true or false."""
    return text.strip().lower() in _BOOLEANS


def _matcher(pieces: Pieces) -> Matcher:
    expected = text_of(pieces).strip().lower()
    return lambda actual: expected in _BOOLEANS and actual.strip().lower() == expected


def _samples(values: Iterable[Pieces]) -> Iterable[str]:  # noqa: ARG001 - a boolean key has two values whatever is asked
    return _BOOLEANS


FAMILY = Family({"Bool": Operator(_matcher)}, samples=_samples)
