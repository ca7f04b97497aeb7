"""Single decisions where the same policies are asked again and again.

`evaluate` looks at every statement anew. Most of them depend on little of a request: on the resource alone, or on the
values of a few context keys. What depends on the same is decided once; the answers equal those of `evaluate` (a test
holds them to that).
"""

from dataclasses import dataclass, field
from typing import TypeVar

from app.core.iam.evaluate import Layer, Request, Verdict, decided, residual_of
from app.core.iam.form import APPLIES, Residual
from app.core.iam.parse import Statement
from app.core.iam.principals import matches
from app.core.iam.resources import element_outcome
from app.core.iam.variables import UNKNOWN, Lookup, Values

MOST_KEPT = 65_536
"""Answers kept for one kind of request; then they are forgotten, lest values that never come again fill the memory."""
_UNASKED = object()
K = TypeVar("K")
V = TypeVar("V")
Answer = tuple[Verdict, tuple[str, ...]]
"""The verdict, and the keys that decide a conditional one."""


@dataclass(slots=True)
class _Asked:
    """A statement and what was found out of it; `layer` -1: it denies. With variables it depends on the resource.

    `takes`: which resources it takes, None where that hangs on variables. `residuals`: what is left of it, by the
    values of `keys`.
    """

    statement: Statement
    layer: int
    keys: tuple[str, ...]
    has_variables: bool
    takes: dict[str, bool | None] = field(default_factory=dict)
    residuals: dict[tuple[Values, ...], Residual | None] = field(default_factory=dict)


@dataclass(slots=True)
class _Kind:
    """Requests on which the same statements bear: those that certainly do by layer, and those that hang on `keys`."""

    is_denied: bool
    allowed: frozenset[int]
    still_open: tuple[_Asked, ...]
    keys: tuple[str, ...]
    answers: dict[tuple[Values, ...], Answer] = field(default_factory=dict)


class Judge:
    """Decides requests of principals to whom the same layers of policies apply."""

    def __init__(self, layers: tuple[Layer, ...]) -> None:
        """Take the layers in AWS's order of evaluation."""
        self._given = [layer.is_given for layer in layers]
        self._unread = tuple(layer.unread is not None for layer in layers)
        self._policies = [(number, one.policy) for number, layer in enumerate(layers) for one in layer.policies]
        self._asked: dict[tuple[int, int], _Asked] = {}
        self._taking: dict[str, list[_Asked]] = {}
        self._of_request: dict[tuple[str, str, str], _Kind] = {}
        self._kinds: dict[tuple[object, ...], _Kind] = {}

    def decide(self, request: Request, lookup: Lookup) -> Answer:
        """Return the verdict on one request and the keys that decide it; `lookup` as for `evaluate`."""
        asked = (request.principal, request.action, request.resource)
        kind = self._of_request.get(asked)
        if kind is None:
            kind = _kept(self._of_request, asked, self._kind(request))
        values = tuple([lookup(key) for key in kind.keys])
        answer = kind.answers.get(values)
        if answer is None:
            answer = _kept(kind.answers, values, self._answer(kind, request, lookup))
        return answer

    def _kind(self, request: Request) -> _Kind:
        certain: list[int] = []
        still_open: list[_Asked] = []
        for one in self._bearing(request.action):
            statement = one.statement
            if statement.principals is not None and not matches(statement.principals, request.principal):
                continue
            taken = one.takes.get(request.resource, _UNASKED)
            if taken is _UNASKED:
                taken = _kept(one.takes, request.resource, _takes(statement, request.resource))
            if taken is True and not statement.conditions and (statement.is_allow or not statement.needed_keys):
                certain.append(one.layer)
            elif taken is not False:
                still_open.append(one)
        # With a variable in its pattern what is left of a statement is of this resource alone.
        own = (request.resource,) if any(one.has_variables for one in still_open) else ()
        same = (frozenset(certain), *map(id, still_open), *own)
        kind = self._kinds.get(same)
        if kind is None:
            keys = tuple(sorted({key for one in still_open for key in one.keys}))
            made = _Kind(-1 in certain, frozenset(certain), tuple(still_open), keys)
            kind = _kept(self._kinds, same, made)
        return kind

    def _bearing(self, action: str) -> list[_Asked]:
        found = self._taking.get(action)
        if found is None:
            found = self._taking[action] = [
                self._asked_of(number, statement)
                for number, policy in self._policies
                for statement in policy.taking(action)
            ]
        return found

    def _asked_of(self, number: int, statement: Statement) -> _Asked:
        place = (number, id(statement))
        found = self._asked.get(place)
        if found is None:
            found = self._asked[place] = _asked(statement, number if statement.is_allow else -1)
        return found

    def _answer(self, kind: _Kind, request: Request, lookup: Lookup) -> Answer:
        if kind.is_denied:
            return Verdict.EXPLICIT_DENY, ()
        denies: list[Residual] = []
        allows = [
            [APPLIES] if is_given or number in kind.allowed else [] for number, is_given in enumerate(self._given)
        ]
        for one in kind.still_open:
            residual = _residual(one, request, lookup)
            if residual is not None:
                (denies if one.layer < 0 else allows[one.layer]).append(residual)
        return decided(denies, allows, self._unread)


def _residual(one: _Asked, request: Request, lookup: Lookup) -> Residual | None:
    values = tuple([lookup(key) for key in one.keys])
    if one.has_variables:
        return residual_of(one.statement, request, lookup)
    if values not in one.residuals:
        _kept(one.residuals, values, residual_of(one.statement, request, lookup))
    return one.residuals[values]


def _asked(statement: Statement, layer: int) -> _Asked:
    in_conditions = {key for condition in statement.conditions for key in condition.open_keys}
    return _Asked(
        statement, layer, tuple(sorted(in_conditions.union(statement.pattern_keys))), bool(statement.pattern_keys)
    )


def _takes(statement: Statement, resource: str) -> bool | None:
    """Return whether the Resource element takes a resource; None: it depends on variables."""
    if statement.resources is None:
        return True
    taken = element_outcome(
        statement.resources,
        resource,
        lambda _key: UNKNOWN,
        is_excluding=statement.excludes_resources,
        has_variables=statement.has_variables,
    )
    return taken if isinstance(taken, bool) else None


def _kept(kept: dict[K, V], key: K, value: V) -> V:
    if len(kept) >= MOST_KEPT:
        kept.clear()
    kept[key] = value
    return value
