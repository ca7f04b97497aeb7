"""ARN operators. ArnEquals and ArnLike are one operator, matched part by part: a `*` stays inside its colons.

AWS does not say what a `*` means that is no ARN: here it takes every ARN, as whoever writes it means it (docs/iam.md,
"Contested").
"""

from app.core.iam.conditions._family import Family, Matcher, Operator, Shape, Symbol
from app.core.iam.globs import COLONS, Pieces, Wild, arn_parts, glob, pieces_of

_ANY_ARN = pieces_of("*:*:*:*:*:*")


def _matcher(pieces: Pieces) -> Matcher:
    parts = [glob(part) for part in _parts(pieces)]

    def matches(actual: str) -> bool:
        values = actual.split(":", COLONS)
        return len(values) == len(parts) and all(part.matches(value) for part, value in zip(parts, values, strict=True))

    return matches


def _shape(pieces: Pieces) -> Shape:
    symbols: list[Symbol] = []
    parts = _parts(pieces)
    for number, part in enumerate(parts):
        stops = number < COLONS
        for piece in part:
            if isinstance(piece, Wild):
                symbols.append(Symbol(None, is_star=piece is Wild.STAR, stops_at_colon=stops))
            else:
                symbols.extend(Symbol(character) for character in piece)
        if number < len(parts) - 1:
            symbols.append(Symbol(":"))
    return tuple(symbols)


def _parts(pieces: Pieces) -> tuple[Pieces, ...]:
    return arn_parts(_ANY_ARN if pieces and set(pieces) == {Wild.STAR} else pieces)


_LIKE = Operator(_matcher, takes_variables=True, takes_wildcards=True, shape=_shape)
_NOT_LIKE = Operator(_matcher, is_negated=True, takes_variables=True, takes_wildcards=True, shape=_shape)

FAMILY = Family({"ArnEquals": _LIKE, "ArnLike": _LIKE, "ArnNotEquals": _NOT_LIKE, "ArnNotLike": _NOT_LIKE})
