"""Single decisions where the same policies are asked again and again.

`evaluate` looks at every statement anew. Most of them depend on little of a request: on the resource alone, or on the
values of a few context keys. What depends on the same is decided once; the answers equal those of `evaluate` (a test
holds them to that).
"""

from dataclasses import dataclass, field
from typing import TypeVar

from app.core.iam import actions
from app.core.iam.evaluate import Layer, Request, Verdict, decided, residual_of
from app.core.iam.form import APPLIES, Residual
from app.core.iam.parse import Statement
from app.core.iam.principals import matches
from app.core.iam.resources import ANY_RESOURCE, element_outcome
from app.core.iam.variables import UNKNOWN, Lookup, Values

MOST_KEPT = 65_536
"""What is kept of one sort; then it is forgotten, lest values that never come again fill the memory."""
_UNASKED = object()
K = TypeVar("K")
V = TypeVar("V")
Answer = tuple[Verdict, tuple[str, ...]]
"""The verdict, and the keys that decide a conditional one."""


@dataclass(slots=True, eq=False)
class _Asked:
    """A statement and what was found out of it; `layer` -1: it denies. With variables it depends on the resource.

    `is_everywhere`: it takes every principal and resource. `takes`: which resources it takes, None where that hangs on
    variables. `residuals`: what is left of it, by the values of `keys` (with variables: by the resource too).
    """

    statement: Statement
    layer: int
    keys: tuple[str, ...]
    has_variables: bool
    is_everywhere: bool
    takes: dict[str, bool | None] = field(default_factory=dict)
    residuals: dict[tuple[object, ...], Residual | None] = field(default_factory=dict)


@dataclass(slots=True)
class _Kind:
    """Requests on which the same statements bear: those that certainly do by layer, and those that hang on `keys`.

    `answers` by the values of the keys; `solved` by what they leave of the statements, which many values have alike.
    """

    is_denied: bool
    allowed: frozenset[int]
    still_open: tuple[_Asked, ...]
    keys: tuple[str, ...]
    answers: dict[tuple[Values, ...], Answer] = field(default_factory=dict)
    solved: dict[tuple[Residual | None, ...], Answer] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class _Taking:
    """Statements that take an action. `certain`: layers of which one applies whatever the request is; -1: a Deny.

    `still_open` hang on their keys alone, `elsewhere` on who calls and on what too.
    """

    certain: frozenset[int]
    still_open: tuple[_Asked, ...]
    elsewhere: tuple[_Asked, ...]


class Judge:
    """Decides requests of principals to whom the same layers of policies apply."""

    def __init__(self, layers: tuple[Layer, ...]) -> None:
        """Take the layers in AWS's order of evaluation."""
        self._given = [layer.is_given for layer in layers]
        self._unread = tuple(layer.unread is not None for layer in layers)
        self._policies = [(number, one.policy) for number, layer in enumerate(layers) for one in layer.policies]
        self._of_kvs = [
            (mask, _asked(statement, number)) for number, policy in self._policies for statement, mask in policy.of_kvs
        ]
        self._of_action: dict[str, _Taking] = {}
        self._of_statements: dict[tuple[_Asked, ...], _Taking] = {}
        self._of_request: dict[_Taking | tuple[_Taking, str, str], _Kind] = {}
        self._kinds: dict[tuple[frozenset[int], tuple[_Asked, ...], str | None], _Kind] = {}

    def decide(self, request: Request, lookup: Lookup) -> Answer:
        """Return the verdict on one request and the keys that decide it; `lookup` as for `evaluate`."""
        taking = self._of_action.get(request.action)
        if taking is None:
            taking = _kept(self._of_action, request.action, self._taking(request.action))
        # Where nothing hangs on them, whoever calls on whatever is one kind of request.
        asked = (taking, request.principal, request.resource) if taking.elsewhere else taking
        kind = self._of_request.get(asked)
        if kind is None:
            kind = _kept(self._of_request, asked, self._kind(taking, request))
        values = tuple([lookup(key) for key in kind.keys])
        answer = kind.answers.get(values)
        if answer is None:
            answer = _kept(kind.answers, values, self._answer(kind, request, values))
        return answer

    def _taking(self, action: str) -> _Taking:
        """Return what bears on an action; actions of KVS that the same statements take share it."""
        bit = actions.bit(action)
        if not bit:
            policies = self._policies
            return _taking_of(tuple(_asked(each, number) for number, one in policies for each in one.taking(action)))
        found = tuple([one for mask, one in self._of_kvs if mask & bit])
        taking = self._of_statements.get(found)
        if taking is None:
            taking = self._of_statements[found] = _taking_of(found)
        return taking

    def _kind(self, taking: _Taking, request: Request) -> _Kind:
        certain, still_open = taking.certain, taking.still_open
        # With a variable in its pattern what is left of a statement is of this resource alone.
        own = None
        for one in taking.elsewhere:
            statement = one.statement
            if statement.principals is not None and not matches(statement.principals, request.principal):
                continue
            taken = one.takes.get(request.resource, _UNASKED)
            if taken is _UNASKED:
                taken = _kept(one.takes, request.resource, _takes(statement, request.resource))
            if taken is True and not statement.conditions and (statement.is_allow or not statement.needed_keys):
                certain |= {one.layer}
            elif taken is not False:
                still_open += (one,)
                own = request.resource if one.has_variables else own
        same = (certain, still_open, own)
        kind = self._kinds.get(same)
        if kind is None:
            keys = tuple(sorted({key for one in still_open for key in one.keys}))
            kind = _kept(self._kinds, same, _Kind(-1 in certain, certain, still_open, keys))
        return kind

    def _answer(self, kind: _Kind, request: Request, values: tuple[Values, ...]) -> Answer:
        if kind.is_denied:
            return Verdict.EXPLICIT_DENY, ()
        known = dict(zip(kind.keys, values, strict=True))
        left = tuple([_residual(one, request, known) for one in kind.still_open])
        answer = kind.solved.get(left)
        if answer is None:
            answer = _kept(kind.solved, left, self._solved(kind, left))
        return answer

    def _solved(self, kind: _Kind, left: tuple[Residual | None, ...]) -> Answer:
        denies: list[Residual] = []
        allows = [
            [APPLIES] if is_given or number in kind.allowed else [] for number, is_given in enumerate(self._given)
        ]
        for one, residual in zip(kind.still_open, left, strict=True):
            if residual is not None:
                (denies if one.layer < 0 else allows[one.layer]).append(residual)
        return decided(denies, allows, self._unread)


def _taking_of(found: tuple[_Asked, ...]) -> _Taking:
    everywhere = [one for one in found if one.is_everywhere]
    return _Taking(
        certain=frozenset(one.layer for one in everywhere if not one.keys),
        still_open=tuple(one for one in everywhere if one.keys),
        elsewhere=tuple(one for one in found if not one.is_everywhere),
    )


def _residual(one: _Asked, request: Request, known: dict[str, Values]) -> Residual | None:
    values: tuple[object, ...] = tuple([known[key] for key in one.keys])
    if one.has_variables:
        values = (request.resource, *values)
    if values not in one.residuals:
        _kept(one.residuals, values, residual_of(one.statement, request, known.__getitem__))
    return one.residuals[values]


def _asked(statement: Statement, layer: int) -> _Asked:
    in_conditions = {key for condition in statement.conditions for key in condition.open_keys}
    return _Asked(
        statement,
        layer if statement.is_allow else -1,
        keys=tuple(sorted(in_conditions.union(statement.pattern_keys))),
        has_variables=bool(statement.pattern_keys),
        is_everywhere=statement.principals is None
        and statement.resources == (ANY_RESOURCE,)
        and not statement.excludes_resources,
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
