"""What a family of condition operators is.

Source of all families: IAM User Guide, "IAM JSON policy elements: Condition operators".
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from app.core.iam.globs import Pieces

Matcher = Callable[[str], bool]
"""Whether one value of the request matches one value of the policy."""


@dataclass(frozen=True, slots=True)
class Symbol:
    """One step of a text pattern: which characters it takes, and whether any number of them.

    `characters` None: every character, or every one but the colon when `stops_at_colon`.
    """

    characters: str | None
    is_star: bool = False
    stops_at_colon: bool = False


Shape = tuple[Symbol, ...]


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator without its IfExists suffix and set prefix.

    `matcher` makes the test of one policy value. A negated operator holds when none of its values matches.
    `shape` gives a text pattern's symbols, from which examples are made; None: the family's `samples` do that.
    """

    matcher: Callable[[Pieces], Matcher]
    is_negated: bool = False
    takes_wildcards: bool = False
    takes_variables: bool = False
    tests_presence: bool = False
    shape: Callable[[Pieces], Shape] | None = None


@dataclass(frozen=True, slots=True)
class Family:
    """Operators by name. `samples` gives values of a key that tell apart all that the given policy values can."""

    operators: dict[str, Operator]
    samples: Callable[[Iterable[Pieces]], Iterable[str]] | None = None


def text_of(pieces: Pieces) -> str:
    """Return the literal text of a policy value that has no wildcards."""
    return "".join(piece if isinstance(piece, str) else piece.value for piece in pieces)
