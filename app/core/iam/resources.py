"""Does a Resource or NotResource element take this resource?

Sources: IAM User Guide, "IAM JSON policy elements: Resource"; General Reference, "Amazon Resource Names (ARNs)".
AWS's texts disagree on whether a `*` at the end of an ARN part runs past the colon. The wider reading holds here,
for Allow and Deny alike; `readings_differ` tells the patterns where it matters.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from app.core.iam.globs import COLONS, Glob, Pieces, Wild, arn_parts, glob, pieces_of
from app.core.iam.variables import Lookup, Template, bound, resolved, template, variables, widest

ANY_RESOURCE = "*"


@dataclass(frozen=True, slots=True)
class ResourceClause:
    """That one of these patterns matches (or none, when `is_excluding`), whose variables are open."""

    patterns: frozenset[Template]
    is_excluding: bool

    @property
    def open_keys(self) -> tuple[str, ...]:
        """The keys on which it depends."""
        return tuple(key for parts in self.patterns for key in variables(parts))


@dataclass(frozen=True, slots=True)
class ArnMatcher:
    """A resource pattern: part by part, and, where it differs, with trailing stars that run past the colon."""

    parts: tuple[Glob, ...]
    wide: tuple[tuple[Glob, ...], ...] = ()
    takes_everything: bool = False

    def matches(self, arn: str) -> bool:
        """Whether a complete ARN, or "*" for an action without resource type, matches."""
        if self.takes_everything:
            return True
        if arn == ANY_RESOURCE:
            return False
        return self._is_narrow(arn) or any(_parts_match(parts, arn) for parts in self.wide)

    def _is_narrow(self, arn: str) -> bool:
        return _parts_match(self.parts, arn)


@lru_cache(maxsize=65536)
def arn_matcher(pieces: Pieces) -> ArnMatcher:
    """Return the matcher of one resource pattern; an incomplete ARN is completed with stars."""
    if pieces and all(piece is Wild.STAR for piece in pieces):
        return ArnMatcher((), takes_everything=True)
    parts = arn_parts(pieces)
    return ArnMatcher(_globs(_padded(parts)), tuple(_globs(reading) for reading in _wide_readings(parts)))


@lru_cache(maxsize=65536)
def resource_template(text: str, *, has_variables: bool) -> Template:
    """Return the pieces of a resource pattern. Variables work only behind the fifth colon; before it they are text."""
    if not has_variables or "${" not in text:
        return template(text, has_variables=False, has_wildcards=True)
    head, colon, tail = _split_behind(text, COLONS)
    return (
        *template(head + colon, has_variables=False, has_wildcards=True),
        *template(tail, has_variables=True, has_wildcards=True),
    )


def readings_differ(text: str, arn: str) -> bool:
    """Whether only the wider reading of a trailing star takes `arn`."""
    matcher = _matcher_of(text)
    return matcher.matches(arn) and not (matcher.takes_everything or _parts_match(matcher.parts, arn))


def has_readings(text: str) -> bool:
    """Whether there are resources on which the readings of a pattern differ."""
    return bool(_matcher_of(text).wide)


def element_outcome(
    patterns: Iterable[str], arn: str, lookup: Lookup, *, is_excluding: bool, has_variables: bool
) -> bool | ResourceClause:
    """Return whether a whole element takes `arn`, or what is left of it while variables are open."""
    still_open: set[Template] = set()
    for text in patterns:
        taken = pattern_outcome(text, arn, lookup, has_variables=has_variables)
        if taken is True:
            return not is_excluding
        if taken is not False:
            still_open.add(taken)
    return ResourceClause(frozenset(still_open), is_excluding) if still_open else is_excluding


def pattern_outcome(text: str, arn: str, lookup: Lookup, *, has_variables: bool) -> bool | Template:
    """Return whether one pattern takes `arn`, or the pattern with its open variables."""
    if not has_variables or "${" not in text:
        return _matcher_of(text).matches(arn)
    filled = bound(resource_template(text, has_variables=has_variables), lookup)
    if filled is None:
        return False
    pieces = resolved(filled)
    if pieces is not None:
        return arn_matcher(pieces).matches(arn)
    return filled if arn_matcher(widest(filled)).matches(arn) else False


@lru_cache(maxsize=65536)
def _matcher_of(text: str) -> ArnMatcher:
    return arn_matcher(pieces_of(text))


def _parts_match(parts: tuple[Glob, ...], arn: str) -> bool:
    values = arn.split(":", COLONS)
    return len(values) == len(parts) and all(part.matches(value) for part, value in zip(parts, values, strict=True))


def _globs(parts: tuple[Pieces, ...]) -> tuple[Glob, ...]:
    return tuple(glob(part) for part in parts)


def _padded(parts: tuple[Pieces, ...]) -> tuple[Pieces, ...]:
    return (*parts, *(((Wild.STAR,),) * (COLONS + 1 - len(parts))))


def _wide_readings(parts: tuple[Pieces, ...]) -> list[tuple[Pieces, ...]]:
    """Return the readings of a short pattern in which a star at the end of a part stands for further parts too.

    A complete pattern has none that matters: KVS resource names hold no colon.
    """
    missing = COLONS + 1 - len(parts)
    if missing <= 0:
        return []
    readings = []
    for index, part in enumerate(parts[:-1]):
        if part and part[-1] is Wild.STAR:
            readings.append((*parts[: index + 1], *(((Wild.STAR,),) * missing), *parts[index + 1 :]))
    return readings


def _split_behind(text: str, colons: int) -> tuple[str, str, str]:
    """Return (head, colon, tail) around the n-th colon; a variable's own colon before it counts as text does."""
    position = -1
    for _ in range(colons):
        position = text.find(":", position + 1)
        if position < 0:
            return text, "", ""
    return text[:position], ":", text[position + 1 :]
