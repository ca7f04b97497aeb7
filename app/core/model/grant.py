"""What a principal may do, as the matrix stores it."""

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """The verdict on one (principal, action, resource). Unknown: a layer could not be read."""

    ALLOW = "allow"
    CONDITIONAL = "conditional"
    PER_DEVICE = "per_device"
    """Conditional on `credentials-iot:*` alone: each device reaches its own stream."""
    DENY = "deny"
    UNKNOWN = "unknown"


MOST_CERTAIN_FIRST = (Outcome.ALLOW, Outcome.PER_DEVICE, Outcome.CONDITIONAL, Outcome.UNKNOWN, Outcome.DENY)
"""Of several outcomes the first of these is what a principal gets at best, and the last what a chain lets through."""


@dataclass(frozen=True, slots=True)
class Grant:
    """One row of the matrix: the same outcome of one action on a set of resources.

    Deny is stored only when something that would allow is denied (an explicit deny, a boundary, an SCP, an RCP);
    a cell with no grant row is simply not granted.
    `resources` are stream or channel ARNs, or ("*",) for the three actions without a resource type.
    `condition_keys` decide a conditional outcome, in lower case, sorted.
    """

    principal: str
    action: str
    outcome: Outcome
    resources: tuple[str, ...]
    condition_keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """How many are granted something, with or without conditions, and of how many more that is not known."""

    granted: int = 0
    unknown: int = 0

    def __str__(self) -> str:
        """Return "3", or "3, 20 not known"."""
        return f"{self.granted:,}, {self.unknown:,} not known" if self.unknown else f"{self.granted:,}"


@dataclass(frozen=True, slots=True)
class Held:
    """What a principal gets of all that was asked at best, and the keys that decide it, in lower case, sorted."""

    outcome: Outcome
    condition_keys: tuple[str, ...] = ()


def add_keys(found: dict[str, tuple[str, ...]], action: str, keys: tuple[str, ...]) -> None:
    """Add the keys of a grant to those of its action, sorted; grants on other streams may have had other keys."""
    known = found.get(action)
    found[action] = tuple(sorted({*known, *keys})) if known else keys
