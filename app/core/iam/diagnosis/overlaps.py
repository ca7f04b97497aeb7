"""Statements that say nothing beside another one of their policy: an Allow under Denies or wider Allows, a repetition.

Source: IAM User Guide, "Policy evaluation logic": an explicit deny wins over every allow.
"""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field

from app.core.iam import actions
from app.core.iam.condition import Condition
from app.core.iam.diagnosis.faults import Fault, named
from app.core.iam.globs import COLONS, pieces_of
from app.core.iam.parse import Statement
from app.core.iam.resources import ANY_RESOURCE, arn_matcher, readings_differ

_LONGEST = 512
"""Characters of a pattern beyond which it is compared as a whole alone: no ARN of KVS is as long."""
_MOST_UNUSUAL = 20
"""Patterns with wildcards before their end that are tried on every Allow; further ones are compared as a whole."""

_MOST_ALIKE = 50
"""Statements on one pattern beyond which no more are compared: there are 46 actions."""
_ENOUGH = 2
_MOST_CONDITIONS = 8
"""Conditions of a statement up to which it is compared with those that have one less."""

_Denied = list[tuple[int, Statement]]
"""(bits of actions, a statement that takes these on a pattern) pairs."""


def faults(statements: Sequence[Statement]) -> Iterator[tuple[Statement, Fault, str]]:
    """Yield (statement, fault, the other statements) of those that bear on Kinesis Video Streams."""
    first: dict[tuple[object, ...], Statement] = {}
    denies, allows = _Wide(), _Allows()
    for statement in statements:
        if first.setdefault(_meaning(statement), statement) is not statement or statement.principals:
            continue
        if statement.is_allow:
            allows.add(statement)
        elif not statement.conditions:
            denies.add(statement)
    included = allows.included()
    for statement in statements:
        other = first[_meaning(statement)]
        if other is not statement:
            yield statement, Fault.REPEATED, named(other)
        elif statement.is_allow:
            over = denies.over(statement)
            if over:
                yield statement, Fault.DENIED, ", ".join(map(named, over))
            elif statement.index in included:
                yield statement, Fault.INCLUDED, ", ".join(map(named, included[statement.index]))


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


class _Allows:
    """The Allows of a policy, by their conditions."""

    def __init__(self) -> None:
        self._by_conditions: dict[frozenset[Condition], _Wide] = {}
        self._all: list[tuple[Statement, frozenset[Condition]]] = []

    def add(self, allow: Statement) -> None:
        """Take in an Allow."""
        found = frozenset(allow.conditions)
        self._all.append((allow, found))
        self._by_conditions.setdefault(found, _Wide()).add(allow)

    def included(self) -> dict[int, list[Statement]]:
        """Return Allows, by index, that others include, with these: without all of them the rest allows as much."""
        found: dict[int, list[Statement]] = {}
        for allow, conditions in reversed(self._all):
            for fewer in _fewer(conditions):
                wide = self._by_conditions.get(fewer)
                over = wide.over(allow, found) if wide is not None else []
                if over:
                    found[allow.index] = over
                    break
        return found


def _fewer(conditions: frozenset[Condition]) -> Iterator[frozenset[Condition]]:
    """Yield sets of conditions that hold whenever these all do: each without one of them, none, and all."""
    yield conditions
    if conditions:
        yield frozenset()
        yield from (conditions - {one} for one in conditions if len(conditions) <= _MOST_CONDITIONS)


@dataclass(slots=True)
class _Wide:
    """Statements of one effect and the same conditions, by their patterns: another asks for its own, not for each."""

    of_all: list[Statement] = field(default_factory=list)
    by_pattern: dict[str, _Denied] = field(default_factory=dict)
    by_start: dict[str, _Denied] = field(default_factory=dict)
    """Under what stands before the one star, of whole ARNs that end with it."""
    unusual: dict[str, _Denied] = field(default_factory=dict)

    def add(self, deny: Statement) -> None:
        """Take in a statement; one of NotResource leaves something out and is not taken."""
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
                self.of_all.append(deny)
            _add(self.by_pattern.setdefault(pattern, []), mask, deny)
            start = text.removesuffix("*")
            if "?" in text or "${" in text or "*" not in text or len(text) > _LONGEST:
                continue
            if "*" not in start and text.count(":") >= COLONS:
                _add(self.by_start.setdefault(start, []), mask, deny)
            elif text in self.unusual or len(self.unusual) < _MOST_UNUSUAL:
                _add(self.unusual.setdefault(text, []), mask, deny)

    def over(self, allow: Statement, but: Container[int] = ()) -> list[Statement]:
        """Return those that together take all that an Allow does, itself and the indexes `but` left out.

        None where something may be left.
        """
        for one in self.of_all[:_MOST_ALIKE]:
            if one is not allow and one.index not in but:
                return [one]
        if allow.excludes_actions or not actions.are_of_kvs(allow.actions):
            return []
        found: dict[int, Statement] = {}
        for text in (ANY_RESOURCE,) if allow.excludes_resources else allow.resources or (ANY_RESOURCE,):
            left = _mask(allow)
            for bits, deny in self._on(text):
                if left & bits and deny is not allow and deny.index not in but:
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
    """Take in a statement. Two that take the same are enough: one may be asked about, or be left out."""
    if len(denied) < _MOST_ALIKE and sum(1 for bits, _ in denied if bits == mask) < _ENOUGH:
        denied.append((mask, deny))


def _mask(statement: Statement) -> int:
    return actions.element_mask(statement.actions, is_excluding=statement.excludes_actions)
