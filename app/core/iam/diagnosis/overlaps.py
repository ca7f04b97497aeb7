"""Statements that say nothing beside another one of their policy: an Allow under Denies, and what is said twice.

Source: IAM User Guide, "Policy evaluation logic": an explicit deny wins over every allow.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from app.core.iam import actions
from app.core.iam.diagnosis.faults import Fault, named
from app.core.iam.globs import COLONS, pieces_of
from app.core.iam.parse import Statement
from app.core.iam.resources import ANY_RESOURCE, arn_matcher, readings_differ

_LONGEST = 512
"""Characters of a pattern beyond which it is compared as a whole alone: no ARN of KVS is as long."""
_MOST_UNUSUAL = 20
"""Patterns with wildcards before their end that are tried on every Allow; further ones are compared as a whole."""

_Denied = list[tuple[int, Statement]]
"""(bits of actions, the first Deny of these on a pattern) pairs."""


def faults(statements: Sequence[Statement]) -> Iterator[tuple[Statement, Fault, str]]:
    """Yield (statement, fault, the other statements) of those that bear on Kinesis Video Streams."""
    first: dict[tuple[object, ...], Statement] = {}
    denies = _Denies()
    for statement in statements:
        if not (statement.is_allow or statement.conditions or statement.principals):
            denies.add(statement)
    for statement in statements:
        other = first.setdefault(_meaning(statement), statement)
        if other is not statement:
            yield statement, Fault.REPEATED, named(other)
        elif statement.is_allow:
            over = denies.over(statement)
            if over:
                yield statement, Fault.DENIED, ", ".join(map(named, over))


def _meaning(statement: Statement) -> tuple[object, ...]:
    return (
        statement.is_allow,
        frozenset(text.lower() for text in statement.actions),
        statement.excludes_actions,
        frozenset(statement.resources or ()),
        statement.excludes_resources,
        frozenset(statement.conditions),
        statement.principals,
    )


@dataclass(slots=True)
class _Denies:
    """The Denies without conditions of a policy, by their patterns: an Allow asks for its own, and is not compared."""

    of_all: Statement | None = None
    by_pattern: dict[str, _Denied] = field(default_factory=dict)
    by_start: dict[str, _Denied] = field(default_factory=dict)
    """Under what stands before the one star, of whole ARNs that end with it."""
    unusual: dict[str, _Denied] = field(default_factory=dict)

    def add(self, deny: Statement) -> None:
        """Take in a Deny; one of NotResource leaves something out and is not taken."""
        if deny.excludes_resources:
            return
        mask = _mask(deny)
        for text in deny.resources or ():
            pattern = ANY_RESOURCE if not text.strip("*") else text
            if (
                pattern == ANY_RESOURCE
                and not deny.excludes_actions
                and any(not one.strip("*") for one in deny.actions)
            ):
                self.of_all = self.of_all or deny
            _add(self.by_pattern.setdefault(pattern, []), mask, deny)
            start = text.removesuffix("*")
            if "?" in text or "${" in text or "*" not in text or len(text) > _LONGEST:
                continue
            if "*" not in start and text.count(":") >= COLONS:
                _add(self.by_start.setdefault(start, []), mask, deny)
            elif text in self.unusual or len(self.unusual) < _MOST_UNUSUAL:
                _add(self.unusual.setdefault(text, []), mask, deny)

    def over(self, allow: Statement) -> list[Statement]:
        """Return Denies that together take all that an Allow does; none where something may be left."""
        if self.of_all is not None:
            return [self.of_all]
        if allow.excludes_actions or not actions.are_of_kvs(allow.actions):
            return []
        found: dict[int, Statement] = {}
        for text in (ANY_RESOURCE,) if allow.excludes_resources else allow.resources or (ANY_RESOURCE,):
            left = _mask(allow)
            for bits, deny in self._on(text):
                if left & bits:
                    found[deny.index] = deny
                    left &= ~bits
            if left:
                return []
        return [deny for _, deny in sorted(found.items())]

    def _on(self, text: str) -> Iterator[tuple[int, Statement]]:
        """Yield what is denied on all that a pattern takes: a star of a Deny takes the stars of an Allow too."""
        yield from self.by_pattern.get(ANY_RESOURCE, ())
        yield from self.by_pattern.get(text, ())
        if text.count(":") < COLONS or len(text) > _LONGEST:
            return
        if self.by_start:
            for length in range(len(text) + 1):
                yield from self.by_start.get(text[:length], ())
        for pattern, denied in self.unusual.items():
            # Where AWS's texts disagree on a short ARN, something may be left.
            if arn_matcher(pieces_of(pattern)).matches(text) and not readings_differ(pattern, text):
                yield from denied


def _add(denied: _Denied, mask: int, deny: Statement) -> None:
    new = mask & ~_united(bits for bits, _ in denied)
    if new:
        denied.append((new, deny))


def _united(masks: Iterable[int]) -> int:
    found = 0
    for mask in masks:
        found |= mask
    return found


def _mask(statement: Statement) -> int:
    return actions.element_mask(statement.actions, is_excluding=statement.excludes_actions)
