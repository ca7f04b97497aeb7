"""The access matrix of one account: every principal, action and stream at once, as bit sets.

A statement's actions are bits over the fixed list of KVS actions, its resources bits over the account's streams.
Where conditions stay open, a statement has one row of bits for each thing that is left of it; cells with open rows are
grouped by what is left of all of them and solved once a group. The result equals `evaluate` cell by cell (a test
holds it to that); the speed comes from doing the work once a document, once a pattern and once a group.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import compress

from app.core.iam import actions, principals
from app.core.iam.condition import outcome
from app.core.iam.context import PER_DEVICE_PREFIX
from app.core.iam.evaluate import Layer, LayerKind
from app.core.iam.form import APPLIES, Residual, Solution, Way, form, solved
from app.core.iam.globs import COLONS, Glob, Pieces
from app.core.iam.layers import Binding, Problem, is_resource_key, principal_lookup, resource_value
from app.core.iam.parse import Statement
from app.core.iam.resources import (
    ANY_RESOURCE,
    ResourceClause,
    arn_matcher,
    resource_template,
)
from app.core.iam.variables import Lookup, Template, Values, bound, resolved, variables, widest
from app.core.kvs.actions import ACTIONS, NAMES
from app.core.model.grant import Grant, Outcome
from app.core.model.principal import Principal
from app.core.model.snapshot import Snapshot
from app.core.model.stream import ResourceKind

EVALUATOR_VERSION = 1
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
    has_resource_keys_in_pattern: bool


@dataclass(slots=True)
class _LayerRows:
    """What one layer says of a group of actions: its open and certain allows, and which are certain."""

    rows: list[tuple[int, int]]
    must: int
    may: int


def access_matrix(snapshot: Snapshot) -> Matrix:
    """Return what every principal of the account may do with its streams and channels.

    A cell without a grant is not granted. When IAM was never read there are no principals and no grants: the
    snapshot's part "iam" says so.
    """
    table = _Table(Binding(snapshot))
    grants = tuple(grant for principal in table.binding.callers for grant in table.grants(principal))
    return Matrix(grants, tuple(sorted(table.binding.problems, key=_in_order)))


def _in_order(problem: Problem) -> tuple[str, str, str]:
    return (problem.principal or "", problem.policy, problem.message)


class _Table:
    """The resources of an account as bits, and everything that is computed once for all principals."""

    def __init__(self, binding: Binding) -> None:
        self.binding = binding
        self.index = _Index(binding)
        self.residuals: list[Residual] = [APPLIES]
        self._numbers: dict[Residual, int] = {APPLIES: 0}
        self._compiled: dict[int, tuple[_Compiled, ...]] = {}
        self._rows: dict[tuple[object, ...], Rows] = {}
        self._solutions: dict[tuple[object, ...], Solution] = {}
        self._arns: dict[int, tuple[str, ...]] = {}

    def grants(self, principal: Principal) -> Iterator[Grant]:
        """Yield the grants of one principal, by action."""
        found: list[tuple[int, Grant]] = []
        for taken, (outcome_, keys), bits in self._decided(principal):
            arns = self._arns.get(bits)
            if arns is None:
                arns = self._arns[bits] = self.index.arns(bits)
            for number in _bits(taken):
                found.append((number, Grant(principal.arn, NAMES[number], outcome_, arns, keys)))  # noqa: PERF401 - a tuple each
        found.sort(key=lambda pair: pair[0])
        return (grant for _, grant in found)

    def _decided(self, principal: Principal) -> Iterator[tuple[int, tuple[Outcome, tuple[str, ...]], int]]:
        """Yield (actions, (outcome, keys), resources) for every group of actions that the same statements take."""
        layers = self.binding.layers(principal)
        lookup = principal_lookup(self.binding.snapshot, principal)
        compiled = [
            [(one, None) for attached in layer.policies for one in self._statements(attached.policy.statements)]
            for layer in layers
        ]
        statements = [
            [
                (one, self.rows(one, lookup))
                for one, _ in layer
                if principals.matches(one.statement.principals, principal.arn)
            ]
            for layer in compiled
        ]
        identity = next(number for number, layer in enumerate(layers) if layer.kind is LayerKind.IDENTITY)
        masks = {one.actions for layer in statements for one, _ in layer}
        for group in _groups(masks, self.index.action_kinds):
            resources = self.index.resources_of(group)
            if resources:
                yield from self._cells(layers, statements, identity, group, resources)

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

    def rows(self, compiled: _Compiled, lookup: Lookup) -> Rows:
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


class _Index:
    """The account's streams and channels in a fixed order, and which of them a pattern takes.

    They are sorted, so that a pattern with a literal beginning takes one stretch of them, found by bisection.
    The last bit is "*", the resource of actions without resource type.
    """

    def __init__(self, binding: Binding) -> None:
        found = sorted(binding.streams, key=lambda text: tuple(text.split(":", COLONS)))
        self._streams = [binding.streams[text] for text in found]
        self._arns = (*found, ANY_RESOURCE)
        self._any = 1 << len(found)
        self.everything = (self._any << 1) - 1
        self._names = [text.split(":", COLONS)[-1] for text in found]
        self._stretches = list(_stretches(found))
        kinds = {kind: self._of_kind(kind) for kind in ResourceKind}
        self.action_kinds = _action_kinds()
        self._by_kind = [kinds[ResourceKind.STREAM], kinds[ResourceKind.CHANNEL], self._any]
        self._matching: dict[Pieces, int] = {}
        self._classes: dict[tuple[str, ...], tuple[tuple[tuple[Values, ...], int], ...]] = {}

    def resources_of(self, group: int) -> int:
        """Return the resources that the actions of a group are called on: one group's actions share their types."""
        number = (group & -group).bit_length() - 1
        action = ACTIONS[NAMES[number]]
        streams, channels, anything = self._by_kind
        if action.is_wildcard_only:
            return anything
        return (streams if action.on_stream else 0) | (channels if action.on_channel else 0)

    def matching(self, pieces: Pieces) -> int:
        """Return the resources that a pattern takes."""
        known = self._matching.get(pieces)
        if known is None:
            matcher = arn_matcher(pieces)
            known = self.everything if matcher.takes_everything else 0
            for parts in () if known else (matcher.parts, *matcher.wide):
                known |= self._matching_parts(parts)
            self._matching[pieces] = known
        return known

    def classes(self, keys: tuple[str, ...]) -> tuple[tuple[tuple[Values, ...], int], ...]:
        """Return the resources grouped by their values of some resource keys, as (values, bits)."""
        if not keys:
            return (((), self.everything),)
        known = self._classes.get(keys)
        if known is None:
            groups: dict[tuple[Values, ...], int] = {}
            for number, stream in enumerate((*self._streams, None)):
                values = tuple(resource_value(stream, key) for key in keys)
                groups[values] = groups.get(values, 0) | 1 << number
            known = self._classes[keys] = tuple(groups.items())
        return known

    def arns(self, bits: int) -> tuple[str, ...]:
        """Return the ARNs of a set of resources, in order."""
        return tuple(compress(self._arns, bin(bits)[:1:-1].encode().translate(_DIGITS)))

    def _of_kind(self, kind: ResourceKind) -> int:
        return sum(1 << number for number, stream in enumerate(self._streams) if stream.kind is kind)

    def _matching_parts(self, parts: tuple[Glob, ...]) -> int:
        if len(parts) != COLONS + 1:
            return 0
        taken = 0
        *head, last = parts
        for values, start, end in self._stretches:
            if all(part.matches(value) for part, value in zip(head, values, strict=True)):
                taken |= self._matching_names(last, start, end)
        return taken

    def _matching_names(self, last: Glob, start: int, end: int) -> int:
        prefix = last.chunks[0]
        if isinstance(prefix, str) and prefix:
            start = bisect_left(self._names, prefix, start, end)
            end = bisect_left(self._names, prefix + "\U0010ffff", start, end)
        if len(last.chunks) == _PREFIX_AND_STAR and isinstance(prefix, str) and last.chunks[1] == "":
            return (1 << end) - (1 << start)
        names, taken = self._names, 0
        for number in range(start, end):
            if last.matches(names[number]):
                taken |= 1 << number
        return taken


_PREFIX_AND_STAR = 2
_DIGITS = bytes(byte - ord("0") if byte in b"01" else byte for byte in range(256))


def _compiled(statement: Statement) -> _Compiled | None:
    """Return a statement with what the matrix needs of it, or None when it takes no KVS action."""
    taken = actions.element_mask(statement.actions, is_excluding=statement.excludes_actions)
    if not taken:
        return None
    in_patterns = {
        key
        for text in statement.resources or ()
        if "${" in text
        for key in variables(resource_template(text, has_variables=statement.has_variables))
    }
    keys = in_patterns | {key for condition in statement.conditions for key in condition.open_keys}
    return _Compiled(
        statement,
        taken,
        tuple(sorted(key for key in keys if not is_resource_key(key))),
        tuple(sorted(key for key in keys if is_resource_key(key))),
        any(is_resource_key(key) for key in in_patterns),
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


def _action_kinds() -> tuple[int, ...]:
    """Return the actions grouped by the resource types that they take."""
    kinds: dict[tuple[bool, bool], int] = {}
    for number, action in enumerate(ACTIONS.values()):
        kind = (action.on_stream, action.on_channel)
        kinds[kind] = kinds.get(kind, 0) | 1 << number
    return tuple(kinds.values())


def _stretches(arns: list[str]) -> Iterator[tuple[tuple[str, ...], int, int]]:
    """Yield (first five parts, start, end) of every stretch of sorted ARNs that share them."""
    start, before = 0, None
    for number, text in enumerate(arns):
        head = tuple(text.split(":", COLONS)[:COLONS])
        if before is not None and head != before:
            yield before, start, number
            start = number
        before = head
    if before is not None:
        yield before, start, len(arns)


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
