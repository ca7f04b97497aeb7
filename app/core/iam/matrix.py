"""The access matrix of one account: every principal, action and stream at once, as bit sets.

A statement's actions are bits over the fixed list of KVS actions, its resources bits over the account's streams.
Where conditions stay open, a statement has one row of bits for each thing that is left of it; cells with open rows are
grouped by what is left of all of them and solved once a group. The result equals `evaluate` cell by cell (a test
holds it to that); the speed comes from doing the work once a document, once a pattern and once a group.
"""

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass

from app.core.iam import actions, principals
from app.core.iam.condition import outcome
from app.core.iam.context import PER_DEVICE_PREFIX
from app.core.iam.evaluate import Layer, LayerKind, unresolved
from app.core.iam.form import APPLIES, Residual, Solution, Way, form, solved
from app.core.iam.index import Index
from app.core.iam.layers import Binding, Problem, is_resource_key, principal_lookup
from app.core.iam.parse import Statement
from app.core.iam.resources import (
    ResourceClause,
    resource_template,
)
from app.core.iam.variables import Lookup, Template, Values, bound, resolved, widest
from app.core.kvs.actions import NAMES, PREFIX
from app.core.model.grant import Grant, Outcome
from app.core.model.principal import Principal
from app.core.model.snapshot import Snapshot

EVALUATOR_VERSION = 5
"""Stored with the grants: a new version evaluates everything again."""
Rows = tuple[tuple[int, int], ...]
"""(number of a residual, resources as bits) pairs; a resource is in one row of a statement at most."""


@dataclass(frozen=True, slots=True)
class Matrix:
    """The grants of one account, by principal and action, and the policies that could not be used."""

    grants: tuple[Grant, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A statement that bears on KVS: its actions as bits, and the keys on which its rows depend."""

    statement: Statement
    actions: int
    principal_keys: tuple[str, ...]
    resource_keys: tuple[str, ...]


@dataclass(slots=True)
class _LayerRows:
    """What one layer says of a group of actions: its open and certain allows, and which are certain."""

    rows: list[tuple[int, int]]
    must: int
    may: int


def access_matrix(snapshot: Snapshot, only: Container[str] | None = None) -> Matrix:
    """Return what every principal of the account, or those of `only` (ARNs), may do with its streams and channels.

    A cell without a grant is not granted. When IAM was never read there are no principals and no grants: the
    snapshot's part "iam" says so.
    """
    table = Table(Binding(snapshot))
    wanted = [one for one in table.binding.callers if only is None or one.arn in only]
    grants = tuple(grant for principal in wanted for grant in table.grants(principal))
    return Matrix(grants, tuple(sorted(table.binding.problems, key=_in_order)))


def _in_order(problem: Problem) -> tuple[str, str, str]:
    return (problem.principal or "", problem.policy, problem.message)


class Table:
    """The resources of an account as bits, and everything that is computed once for all principals."""

    def __init__(self, binding: Binding) -> None:
        self.binding = binding
        self.index = Index(binding)
        self.residuals: list[Residual] = [APPLIES]
        self._numbers: dict[Residual, int] = {APPLIES: 0}
        self._compiled: dict[int, tuple[_Compiled, ...]] = {}
        self._rows: dict[tuple[object, ...], Rows] = {}
        self._solutions: dict[tuple[object, ...], Solution] = {}
        self._arns: dict[int, tuple[str, ...]] = {}

    def grants(self, principal: Principal) -> Iterator[Grant]:
        """Yield the grants of one principal, by action."""
        rows = [
            (number, result, keys, bits)
            for taken, (result, keys), bits in self._decided(principal)
            for number in _bits(taken)
        ]
        for number, result, keys, bits in sorted(rows):
            yield Grant(principal.arn, NAMES[number], result, self._arns_of(bits), keys)

    def rows_on(self, principal: Principal, action: str) -> Iterator[tuple[Statement, Rows]]:
        """Yield every statement that may bear on a call of `action`, with what is left of it on which resources."""
        taken = actions.element_mask((f"{PREFIX}:{action}",), is_excluding=False)
        for found in self._bearing(principal, self.binding.layers(principal)):
            yield from ((one.statement, rows) for one, rows in found if one.actions & taken)

    def _arns_of(self, bits: int) -> tuple[str, ...]:
        """Return the ARNs of a set of resources; equal sets share one tuple."""
        known = self._arns.get(bits)
        if known is None:
            known = self._arns[bits] = self.index.arns(bits)
        return known

    def _decided(self, principal: Principal) -> Iterator[tuple[int, tuple[Outcome, tuple[str, ...]], int]]:
        """Yield (actions, (outcome, keys), resources) for every group of actions that the same statements take."""
        layers = self.binding.layers(principal)
        statements = self._bearing(principal, layers)
        identity = next(number for number, layer in enumerate(layers) if layer.kind is LayerKind.IDENTITY)
        masks = {one.actions for layer in statements for one, _ in layer}
        for group in _groups(masks, self.index.action_kinds):
            resources = self.index.resources_of(group)
            if resources:
                yield from self._cells(layers, statements, identity, group, resources)

    def _bearing(self, principal: Principal, layers: tuple[Layer, ...]) -> list[list[tuple[_Compiled, Rows]]]:
        """Return, layer by layer, the statements that take actions of KVS and bind the principal, with their rows."""
        lookup = principal_lookup(self.binding.snapshot, principal)
        return [
            [
                (one, self._rows_of(one, lookup))
                for attached in layer.policies
                for one in self._statements(attached.policy.statements)
                if principals.matches(one.statement.principals, principal.arn)
            ]
            for layer in layers
        ]

    def _cells(
        self,
        layers: tuple[Layer, ...],
        statements: list[list[tuple[_Compiled, Rows]]],
        identity: int,
        group: int,
        resources: int,
    ) -> Iterator[tuple[int, tuple[Outcome, tuple[str, ...]], int]]:
        allows = [
            _layer_rows(
                (rows for one, rows in found if one.actions & group and one.statement.is_allow),
                is_given=layer.is_given,
                everything=resources,
            )
            for layer, found in zip(layers, statements, strict=True)
        ]
        granted = allows[identity].may
        is_unread = any(layer.unread is not None for layer in layers)
        if layers[identity].unread is None and not granted & resources:
            return
        denies = _layer_rows(
            (rows for found in statements for one, rows in found if one.actions & group and not one.statement.is_allow),
            is_given=False,
            everything=resources,
        )
        readable = [rows for layer, rows in zip(layers, allows, strict=True) if layer.unread is None]
        results = self._outcomes(readable, denies, resources, is_unread=is_unread)
        for (result, keys), bits in results.items():
            # A deny is worth a row only where the principal's own policies would allow.
            shown = bits & granted if result is Outcome.DENY else bits
            if shown:
                yield group, (result, keys), shown

    def _outcomes(
        self, layers: list[_LayerRows], denies: _LayerRows, resources: int, *, is_unread: bool
    ) -> dict[tuple[Outcome, tuple[str, ...]], int]:
        """Return the resources by outcome and keys."""
        must = may = resources
        for layer in layers:
            must &= layer.must
            may &= layer.may
        allowed = must & ~denies.may
        never = resources & (denies.must | ~may)
        results: dict[tuple[Outcome, tuple[str, ...]], int] = {}
        _add(results, Solution(Way.ALWAYS), allowed, is_unread=is_unread)
        _add(results, Solution(Way.NEVER), never, is_unread=is_unread)
        for solution, bits in self._open_cells(layers, denies, resources & ~allowed & ~never):
            _add(results, solution, bits, is_unread=is_unread)
        return results

    def _open_cells(self, layers: list[_LayerRows], denies: _LayerRows, bits: int) -> Iterator[tuple[Solution, int]]:
        """Yield the solution of every group of cells for which the same is left of the same statements."""
        if not bits:
            return
        groups: dict[tuple[frozenset[int], ...], int] = {(frozenset(),) * (len(layers) + 1): bits}
        for place, layer in enumerate((denies, *layers)):
            if layer.must & bits:
                groups = _split(groups, place, 0, layer.must)
            for number, row in layer.rows:
                # Where the layer is certain already, its open rows change nothing.
                row &= ~layer.must  # noqa: PLW2901 - the rest of the row
                if row & bits:
                    groups = _split(groups, place, number, row)
        for left, cells in groups.items():
            yield self._solution(left), cells

    def _solution(self, left: tuple[frozenset[int], ...]) -> Solution:
        known = self._solutions.get(left)
        if known is None:
            denies, *layers = ([self.residuals[number] for number in numbers] for numbers in left)
            known = self._solutions[left] = solved(form(layers, denies))
        return known

    def _statements(self, statements: tuple[Statement, ...]) -> tuple[_Compiled, ...]:
        """Return the statements of a document that take any KVS action; `Binding` shares equal documents' tuples."""
        known = self._compiled.get(id(statements))
        if known is None:
            known = self._compiled[id(statements)] = tuple(
                compiled for statement in statements if (compiled := _compiled(statement)) is not None
            )
        return known

    def _rows_of(self, compiled: _Compiled, lookup: Lookup) -> Rows:
        """Return a statement's rows for a principal of which `lookup` tells what is known."""
        key = (id(compiled), *(lookup(name) for name in compiled.principal_keys))
        rows = self._rows.get(key)
        if rows is None:
            rows = self._rows[key] = self._new_rows(compiled, lookup)
        return rows

    def _new_rows(self, compiled: _Compiled, lookup: Lookup) -> Rows:
        merged: dict[int, int] = {}
        for values, members in self.index.classes(compiled.resource_keys):
            known = _overlaid(lookup, compiled.resource_keys, values) if compiled.resource_keys else lookup
            left = _conditions_left(compiled.statement, known)
            if left is None:
                continue
            left = left.union(unresolved(compiled.statement, known))
            for clause, bits in self._resource_rows(compiled.statement, known, members):
                number = self._number(left if clause is None else left | {clause})
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
                certain |= self.index.matching(pieces)
            else:
                still_open[filled] = self.index.matching(widest(filled))
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

    def _number(self, residual: Residual) -> int:
        number = self._numbers.get(residual)
        if number is None:
            number = self._numbers[residual] = len(self.residuals)
            self.residuals.append(residual)
        return number


def _compiled(statement: Statement) -> _Compiled | None:
    """Return a statement with what the matrix needs of it, or None when it takes no KVS action."""
    taken = actions.element_mask(statement.actions, is_excluding=statement.excludes_actions)
    if not taken:
        return None
    keys = {*statement.pattern_keys, *(key for condition in statement.conditions for key in condition.open_keys)}
    return _Compiled(
        statement,
        taken,
        tuple(sorted(key for key in keys if not is_resource_key(key))),
        tuple(sorted(key for key in keys if is_resource_key(key))),
    )


def _conditions_left(statement: Statement, lookup: Lookup) -> Residual | None:
    """Return the conditions that stay open, or None when one does not hold."""
    left = []
    for condition in statement.conditions:
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


def _layer_rows(found: Iterable[Rows], *, is_given: bool, everything: int) -> _LayerRows:
    rows = [row for statement in found for row in statement]
    if is_given:
        rows.append((0, everything))
    must = may = 0
    for number, bits in rows:
        may |= bits
        if number == 0:
            must |= bits
    return _LayerRows(rows, must, may)


def _split(
    groups: dict[tuple[frozenset[int], ...], int], place: int, number: int, row: int
) -> dict[tuple[frozenset[int], ...], int]:
    """Return the groups, each cut into the cells of a row, which gain its residual, and the others."""
    cut: dict[tuple[frozenset[int], ...], int] = {}
    for left, bits in groups.items():
        inside = bits & row
        if inside:
            gained = (*left[:place], left[place] | {number}, *left[place + 1 :])
            cut[gained] = cut.get(gained, 0) | inside
        if bits != inside:
            cut[left] = cut.get(left, 0) | (bits & ~row)
    return cut


def _split_open(groups: dict[frozenset[Template], int], parts: Template, row: int) -> dict[frozenset[Template], int]:
    cut: dict[frozenset[Template], int] = {}
    for patterns, bits in groups.items():
        inside = bits & row
        if inside:
            cut[patterns | {parts}] = cut.get(patterns | {parts}, 0) | inside
        if bits != inside:
            cut[patterns] = cut.get(patterns, 0) | (bits & ~row)
    return cut


def _groups(masks: Iterable[int], kinds: tuple[int, ...]) -> list[int]:
    """Return the actions in groups that every mask takes as a whole or not at all."""
    groups = list(kinds)
    for mask in masks:
        if mask == actions.ALL:
            continue
        groups = [part for group in groups for part in (group & mask, group & ~mask) if part]
    return groups


def _add(
    results: dict[tuple[Outcome, tuple[str, ...]], int], solution: Solution, bits: int, *, is_unread: bool
) -> None:
    if bits:
        key = _outcome(solution, is_unread=is_unread)
        results[key] = results.get(key, 0) | bits


def _outcome(solution: Solution, *, is_unread: bool) -> tuple[Outcome, tuple[str, ...]]:
    if solution.way is Way.NEVER:
        return Outcome.DENY, ()
    if is_unread:
        return Outcome.UNKNOWN, ()
    if solution.way is Way.ALWAYS:
        return Outcome.ALLOW, ()
    return outcome_of_keys(solution.keys), solution.keys


def outcome_of_keys(keys: tuple[str, ...]) -> Outcome:
    """Return how a conditional cell is shown: per device when only the device session's own keys decide."""
    is_per_device = all(key.startswith(PER_DEVICE_PREFIX) for key in keys)
    return Outcome.PER_DEVICE if is_per_device else Outcome.CONDITIONAL


def _bits(bits: int) -> Iterator[int]:
    while bits:
        low = bits & -bits
        yield low.bit_length() - 1
        bits ^= low
