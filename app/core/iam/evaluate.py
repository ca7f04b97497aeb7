"""One request against all layers of policies → Decision, in AWS's order.

Source: IAM User Guide, "Policy evaluation logic": an explicit deny anywhere wins; then every layer that is there
(RCP, each level of SCPs, identity policies, permissions boundary, session policy) has to allow.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from app.core.iam import principals
from app.core.iam.condition import outcome
from app.core.iam.form import APPLIES, Clause, Residual, Solution, Unresolved, Way, form, solved
from app.core.iam.parse import Policy, Statement
from app.core.iam.resources import element_outcome
from app.core.iam.variables import Lookup, Unknown, Values


class LayerKind(StrEnum):
    """The kinds of policies that each have to allow, in AWS's order of evaluation."""

    RCP = "rcp"
    SCP = "scp"
    RESOURCE = "resource"
    ENDPOINT = "endpoint"
    IDENTITY = "identity"
    BOUNDARY = "boundary"
    SESSION = "session"
    TRUST = "trust"


class Verdict(StrEnum):
    """The answer to one request. Unknown: a layer that would decide could not be read."""

    ALLOW = "allow"
    EXPLICIT_DENY = "explicit_deny"
    IMPLICIT_DENY = "implicit_deny"
    CONDITIONAL = "conditional"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Attached:
    """A policy and how it reaches the principal: "attached", "inline", "group operators", "ou-ab12 (Cameras)"."""

    policy: Policy
    via: str


@dataclass(frozen=True, slots=True)
class Layer:
    """Policies of which one has to allow.

    `is_given`: allows by itself (the root user's identity). `unread` says why a part of the layer is not known.
    """

    kind: LayerKind
    name: str
    policies: tuple[Attached, ...]
    is_given: bool = False
    unread: str | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """Who calls what on which resource: ARNs, or "*" as the resource of an action without resource type."""

    principal: str
    action: str
    resource: str


@dataclass(frozen=True, slots=True)
class Applied:
    """A statement that applies, or (with a residual) may apply."""

    layer: Layer
    attached: Attached
    statement: Statement
    residual: Residual

    @property
    def is_certain(self) -> bool:
        """Whether it applies whatever the unknown keys are."""
        return self.residual == APPLIES


@dataclass(frozen=True, slots=True)
class Decision:
    """The verdict, the keys that decide a conditional one, and every statement that bears on it, in order."""

    verdict: Verdict
    keys: tuple[str, ...]
    applied: tuple[Applied, ...]


def evaluate(
    request: Request, layers: tuple[Layer, ...], lookup: Lookup, *, in_resource: Lookup | None = None
) -> Decision:
    """Return the decision on one request. `lookup` gives the values of the context keys, or that they are unknown.

    `in_resource` is the lookup for variables inside Resource, where a caller reads unknown keys otherwise there. Such a
    caller also takes a Deny for one whose variables have no value.
    """
    applied = tuple(
        Applied(layer, attached, statement, residual)
        for layer in layers
        for attached in layer.policies
        for statement in attached.policy.taking(request.action)
        if (residual := residual_of(statement, request, lookup, in_resource)) is not None
    )
    denies = [one.residual for one in applied if not one.statement.is_allow]
    allows = [
        [one.residual for one in applied if one.statement.is_allow and one.layer is layer]
        + ([APPLIES] if layer.is_given else [])
        for layer in layers
    ]
    unread = tuple(layer.unread is not None for layer in layers)
    verdict, keys = decided(denies, allows, unread)
    return Decision(verdict, keys, applied)


def decided(
    denies: list[Residual], allows: list[list[Residual]], unread: tuple[bool, ...]
) -> tuple[Verdict, tuple[str, ...]]:
    """Return the verdict on what is left of all layers, and the keys that decide it.

    An unread layer may hold any allow or deny: it leaves only those verdicts certain that deny without it.
    """
    if APPLIES in denies:
        return Verdict.EXPLICIT_DENY, ()
    readable = [layer for layer, is_unread in zip(allows, unread, strict=True) if not is_unread]
    solution: Solution = solved(form(readable, denies))
    if solution.way is Way.NEVER:
        return Verdict.IMPLICIT_DENY, ()
    if any(unread):
        return Verdict.UNKNOWN, ()
    if solution.way is Way.ALWAYS:
        return Verdict.ALLOW, ()
    return Verdict.CONDITIONAL, solution.keys


def residual_of(
    statement: Statement, request: Request, lookup: Lookup, in_resource: Lookup | None = None
) -> Residual | None:
    """Return what is left of a statement that takes the action: None when it does not apply, APPLIES when it does."""
    if not principals.matches(statement.principals, request.principal):
        return None
    clauses: set[Clause] = set()
    if statement.resources is not None:
        taken = element_outcome(
            statement.resources,
            request.resource,
            in_resource or lookup,
            is_excluding=statement.excludes_resources,
            has_variables=statement.has_variables,
        )
        if taken is False:
            return None
        if taken is not True:
            clauses.add(taken)
    for condition in statement.conditions:
        holds = outcome(condition, lookup)
        if holds is False:
            return None
        if holds is not True:
            clauses.add(holds)
    if in_resource is None:
        clauses.update(unresolved(statement, lookup))
    return frozenset(clauses)


def unresolved(statement: Statement, lookup: Lookup) -> Iterable[Unresolved]:
    """Yield what leaves a Deny open whose variables have no value, or may have none."""
    if statement.is_allow:
        return
    missing = tuple(key for key in statement.needed_keys if _has_no_value(lookup(key)))
    if missing:
        yield Unresolved(missing)


def _has_no_value(values: Values) -> bool:
    return isinstance(values, Unknown) or values is None or len(values) != 1
