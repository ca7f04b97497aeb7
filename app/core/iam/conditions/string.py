"""String operators: exact, without case, and with wildcards that cross every character."""

from app.core.iam.conditions._family import Family, Matcher, Operator, Shape, Symbol, text_of
from app.core.iam.globs import Pieces, Wild, glob


def _equals(pieces: Pieces) -> Matcher:
    return text_of(pieces).__eq__


def _equals_ignore_case(pieces: Pieces) -> Matcher:
    expected = text_of(pieces).lower()
    return lambda actual: actual.lower() == expected


def _like(pieces: Pieces) -> Matcher:
    return glob(pieces).matches


def _exact_shape(pieces: Pieces) -> Shape:
    return tuple(Symbol(character) for character in text_of(pieces))


def _caseless_shape(pieces: Pieces) -> Shape:
    return tuple(Symbol(character.lower() + character.upper()) for character in text_of(pieces))


def _like_shape(pieces: Pieces) -> Shape:
    return tuple(
        symbol
        for piece in pieces
        for symbol in (
            [Symbol(None, is_star=piece is Wild.STAR)] if isinstance(piece, Wild) else [Symbol(c) for c in piece]
        )
    )


def _pair(name: str, negated: str, operator: Operator) -> dict[str, Operator]:
    return {
        name: operator,
        negated: Operator(
            operator.matcher,
            is_negated=True,
            takes_variables=True,
            takes_wildcards=operator.takes_wildcards,
            shape=operator.shape,
        ),
    }


FAMILY = Family(
    {
        **_pair("StringEquals", "StringNotEquals", Operator(_equals, takes_variables=True, shape=_exact_shape)),
        **_pair(
            "StringEqualsIgnoreCase",
            "StringNotEqualsIgnoreCase",
            Operator(_equals_ignore_case, takes_variables=True, shape=_caseless_shape),
        ),
        **_pair(
            "StringLike",
            "StringNotLike",
            Operator(_like, takes_variables=True, takes_wildcards=True, shape=_like_shape),
        ),
    }
)
