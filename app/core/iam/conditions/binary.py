"""BinaryEquals: both sides are base64; the bytes are compared."""

import binascii
from base64 import b64decode, b64encode
from collections.abc import Iterable

from app.core.iam.conditions._family import Family, Matcher, Operator, text_of
from app.core.iam.globs import Pieces


def is_base64(text: str) -> bool:
    """Whether a value is base64."""
    return _bytes(text) is not None


def _bytes(text: str) -> bytes | None:
    try:
        return b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def _matcher(pieces: Pieces) -> Matcher:
    expected = _bytes(text_of(pieces))
    return lambda actual: expected is not None and _bytes(actual) == expected


def _samples(values: Iterable[Pieces]) -> Iterable[str]:
    """Return each value of the policy and one that is none of them: longer than all."""
    texts = [text_of(pieces) for pieces in values]
    return [*texts, b64encode(bytes(max(map(len, texts), default=0) + 1)).decode()]


FAMILY = Family({"BinaryEquals": Operator(_matcher)}, samples=_samples)
