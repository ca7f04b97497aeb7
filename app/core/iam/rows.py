"""What is left of a statement on which resources, as rows of bits: one row for each thing that is left.

Many statements of an account say the same under other names, in documents of their own: what says the same is looked
at once.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

from app.core.iam.condition import Condition, outcome
from app.core.iam.evaluate import unresolved
from app.core.iam.form import APPLIES, Residual
from app.core.iam.index import Index
from app.core.iam.layers import is_resource_key
from app.core.iam.parse import Policy, Statement
from app.core.iam.resources import ResourceClause, resource_template
from app.core.iam.variables import Lookup, Template, Values, bound, resolved, widest

T = TypeVar("T")
Rows = tuple[tuple[int, int], ...]
"""(number of a residual, resources as bits) pairs; a resource is in one row of a statement at most."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What statements say that differ at most in their actions, names and places; `example` is one of them.

    Its rows depend on the values of `principal_keys`.
    """

    number: int
    example: Statement
    principal_keys: tuple[str, ...]
    resource_keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Taking:
    """A statement that takes actions of KVS: these as bits, and what it says of them."""

    statement: Statement
    actions: int
    meaning: Meaning


class StatementRows:
    """The rows of statements on the resources of one account, each made once.

    `residuals` are what rows number, and `rows` themselves have numbers too: equal rows have one. 0: there are none.
    """

    def __init__(self, index: Index) -> None:
        """Take the account's resources."""
        self.residuals: list[Residual] = [APPLIES]
        self.rows: list[Rows] = [()]
        self._index = index
        self._numbers: dict[Residual, int] = {APPLIES: 0}
        self._numbers_of_rows: dict[Rows, int] = {(): 0}
        self._taking: dict[int, tuple[Taking, ...]] = {}
        self._meanings: dict[tuple[object, ...], Meaning] = {}
        self._known: dict[tuple[object, ...], int] = {}

    def taking(self, policy: Policy) -> tuple[Taking, ...]:
        """Return the statements of a policy that take any action of KVS; `Binding` shares equal documents' tuples."""
        known = self._taking.get(id(policy.statements))
        if known is None:
            known = self._taking[id(policy.statements)] = tuple(
                Taking(statement, taken, self._meaning(statement)) for statement, taken in policy.of_kvs
            )
        return known

    def number(self, meaning: Meaning, lookup: Lookup) -> int:
        """Return the number of a statement's rows for a principal of which `lookup` tells what is known."""
        key = (meaning.number, *[lookup(name) for name in meaning.principal_keys])
        number = self._known.get(key)
        if number is None:
            number = self._known[key] = _numbered(self._new_rows(meaning, lookup), self._numbers_of_rows, self.rows)
        return number

    def _meaning(self, statement: Statement) -> Meaning:
        said = (
            statement.resources,
            statement.excludes_resources,
            statement.has_variables,
            statement.conditions,
            # Of an Allow they leave nothing open.
            None if statement.is_allow else statement.needed_keys,
        )
        known = self._meanings.get(said)
        if known is None:
            keys = {*statement.pattern_keys, *(key for one in statement.conditions for key in one.open_keys)}
            of_resource = frozenset(filter(is_resource_key, keys))
            known = self._meanings[said] = Meaning(
                len(self._meanings), statement, tuple(sorted(keys - of_resource)), tuple(sorted(of_resource))
            )
        return known

    def _new_rows(self, meaning: Meaning, lookup: Lookup) -> Rows:
        merged: dict[int, int] = {}
        statement, keys = meaning.example, meaning.resource_keys
        for values, members in self._index.classes(keys):
            known = _overlaid(lookup, keys, values) if keys else lookup
            left = _conditions_left(statement.conditions, known)
            if left is None:
                continue
            left = left.union(unresolved(statement, known))
            for clause, bits in self._resource_rows(statement, known, members):
                residual = left if clause is None else left | {clause}
                number = _numbered(residual, self._numbers, self.residuals)
                merged[number] = merged.get(number, 0) | bits
        return tuple(merged.items())

    def _resource_rows(
        self, statement: Statement, lookup: Lookup, members: int
    ) -> Iterator[tuple[ResourceClause | None, int]]:
        """Yield which of `members` the Resource element takes, certainly or while variables are open."""
        if statement.resources is None:
            yield None, members
            return
        certain, still_open = 0, {}
        for text in statement.resources:
            filled = bound(resource_template(text, has_variables=statement.has_variables), lookup)
            if filled is None:
                continue
            pieces = resolved(filled)
            if pieces is not None:
                certain |= self._index.matching(pieces)
            else:
                still_open[filled] = self._index.matching(widest(filled))
        groups: dict[frozenset[Template], int] = {frozenset(): members & ~certain}
        for parts, bits in still_open.items():
            groups = _split_open(groups, parts, bits)
        if not statement.excludes_resources and members & certain:
            yield None, members & certain
        for patterns, bits in groups.items():
            if bits and patterns:
                yield ResourceClause(patterns, statement.excludes_resources), bits
            elif bits and statement.excludes_resources:
                yield None, bits


def _numbered(one: T, numbers: dict[T, int], all_of_them: list[T]) -> int:
    """Return the number of something among its equals, and give it one where it is new."""
    number = numbers.get(one)
    if number is None:
        number = numbers[one] = len(all_of_them)
        all_of_them.append(one)
    return number


def _conditions_left(conditions: tuple[Condition, ...], lookup: Lookup) -> Residual | None:
    """Return the conditions that stay open, or None when one does not hold."""
    left = []
    for condition in conditions:
        holds = outcome(condition, lookup)
        if holds is False:
            return None
        if holds is not True:
            left.append(holds)
    return frozenset(left)


def _overlaid(lookup: Lookup, keys: tuple[str, ...], values: tuple[Values, ...]) -> Lookup:
    own = dict(zip(keys, values, strict=True))

    def overlaid(key: str) -> Values:
        return own[key] if key in own else lookup(key)

    return overlaid


def _split_open(groups: dict[frozenset[Template], int], parts: Template, row: int) -> dict[frozenset[Template], int]:
    cut: dict[frozenset[Template], int] = {}
    for patterns, bits in groups.items():
        inside = bits & row
        if inside:
            cut[patterns | {parts}] = cut.get(patterns | {parts}, 0) | inside
        if bits != inside:
            cut[patterns] = cut.get(patterns, 0) | (bits & ~row)
    return cut
