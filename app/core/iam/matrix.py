"""The access matrix of one account: every principal, action and stream at once, as bit sets.

A statement's actions are bits over the fixed list of KVS actions, its resources bits over the account's streams.
The result equals `evaluate` cell by cell (a test holds it to that); the speed comes from doing the work once: once a
document, once for all statements that say the same, and once for all cells of principals that share what bears on them.
"""

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass

from app.core.iam import actions, principals
from app.core.iam.cells import DENIES, Bearing, Cells, Stack, stack_of
from app.core.iam.evaluate import Layer
from app.core.iam.index import Index
from app.core.iam.layers import Binding, Problem, of_caller, principal_lookup
from app.core.iam.parse import Statement
from app.core.iam.rows import Rows, StatementRows, Taking
from app.core.kvs.actions import NAMES, PREFIX
from app.core.model.grant import Grant, Outcome
from app.core.model.principal import Principal
from app.core.model.snapshot import Snapshot

EVALUATOR_VERSION = 6
"""Stored with the grants: a new version evaluates everything again."""
_Granted = tuple[tuple[Outcome, tuple[str, ...], tuple[str, ...]], ...]
"""(outcome, condition keys, resources) of each grant of one action."""


@dataclass(frozen=True, slots=True)
class Matrix:
    """The grants of one account, by principal and action, and the policies that could not be used."""

    grants: tuple[Grant, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class _Group:
    """Actions that the same statements take, as bits and as numbers, and the resources that they are called on."""

    actions: int
    numbers: tuple[int, ...]
    resources: int


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
        self._rows = StatementRows(self.index)
        self._cells = Cells(self._rows)
        self._groups: dict[frozenset[int], tuple[_Group, ...]] = {}
        self._granted: dict[tuple[Stack, int, tuple[Bearing, ...]], _Granted] = {}
        self._arns: dict[int, tuple[str, ...]] = {}

    def grants(self, principal: Principal) -> Iterator[Grant]:
        """Yield the grants of one principal, by action."""
        layers = self.binding.layers(principal)
        stack = stack_of(layers)
        # A set, in order: who carries the same policies in another order shares the answers.
        bearing = sorted(
            {
                (taking.actions, (place if taking.statement.is_allow else DENIES, rows))
                for place, taking, rows in self._bearing(principal, layers)
                if rows
            }
        )
        found: dict[int, _Granted] = {}
        for group in self._grouped(frozenset([taken for taken, _ in bearing])):
            on_it = tuple([one for taken, one in bearing if taken & group.actions])
            granted = self._granted_on(stack, group.resources, on_it)
            found |= dict.fromkeys(group.numbers, granted)
        for number in sorted(found):
            for outcome, keys, resources in found[number]:
                yield Grant(principal.arn, NAMES[number], of_caller(principal, outcome), resources, keys)

    def rows_on(self, principal: Principal, action: str) -> Iterator[tuple[Statement, Rows]]:
        """Yield every statement that may bear on a call of `action`, with what is left of it on which resources."""
        taken = actions.element_mask((f"{PREFIX}:{action}",), is_excluding=False)
        for _, taking, rows in self._bearing(principal, self.binding.layers(principal)):
            if taking.actions & taken:
                yield taking.statement, self._rows.rows[rows]

    def _bearing(self, principal: Principal, layers: tuple[Layer, ...]) -> Iterator[tuple[int, Taking, int]]:
        """Yield (number of its layer, statement, number of its rows) of what takes actions of KVS and binds one."""
        lookup = principal_lookup(self.binding.snapshot, principal)
        for place, layer in enumerate(layers):
            for attached in layer.policies:
                for taking in self._rows.taking(attached.policy):
                    if principals.matches(taking.statement.principals, principal.arn):
                        yield place, taking, self._rows.number(taking.meaning, lookup)

    def _grouped(self, masks: frozenset[int]) -> tuple[_Group, ...]:
        known = self._groups.get(masks)
        if known is None:
            known = self._groups[masks] = tuple(
                _Group(group, tuple(_bits(group)), resources)
                for group in _groups(masks, self.index.action_kinds)
                if (resources := self.index.resources_of(group))
            )
        return known

    def _granted_on(self, stack: Stack, resources: int, bearing: tuple[Bearing, ...]) -> _Granted:
        key = (stack, resources, bearing)
        known = self._granted.get(key)
        if known is None:
            found = self._cells.decided(stack, resources, bearing)
            known = self._granted[key] = tuple((*result, self._arns_of(bits)) for result, bits in sorted(found.items()))
        return known

    def _arns_of(self, bits: int) -> tuple[str, ...]:
        """Return the ARNs of a set of resources; equal sets share one tuple."""
        known = self._arns.get(bits)
        if known is None:
            known = self._arns[bits] = self.index.arns(bits)
        return known


def _groups(masks: Iterable[int], kinds: tuple[int, ...]) -> list[int]:
    """Return the actions in groups that every mask takes as a whole or not at all."""
    groups = list(kinds)
    for mask in masks:
        if mask == actions.ALL:
            continue
        groups = [part for group in groups for part in (group & mask, group & ~mask) if part]
    return groups


def _bits(bits: int) -> Iterator[int]:
    while bits:
        low = bits & -bits
        yield low.bit_length() - 1
        bits ^= low
