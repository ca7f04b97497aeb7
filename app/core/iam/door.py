"""A role as a door: may this one caller assume it, judged by all policies that bind the call?

Sources: IAM User Guide, "Policy evaluation logic", "Cross-account policy evaluation logic", "Permissions boundaries for
IAM entities" (what names a user or a session is not limited by a boundary, what names a role is), "AWS global condition
context keys" (aws:PrincipalArn is the role's ARN, aws:userid ends with the session's name); Organizations User Guide,
"Resource control policies" (they cover sts, and bind whoever comes into a role of the account). That a trust policy
which names a principal of its own account needs no identity policy beside it is general IAM knowledge, not checked
against AWS.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from app.core import arn
from app.core.iam.condition import condition
from app.core.iam.evaluate import Attached, Decision, Layer, LayerKind, Request, Verdict, evaluate
from app.core.iam.layers import Binding, is_service_linked, organization_values, principal_lookup
from app.core.iam.parse import Statement, parse
from app.core.iam.principals import EVERYONE, matches, role_of, sessions_of, takes
from app.core.iam.trust import ASSUME, CALLS, Trusted
from app.core.iam.variables import UNKNOWN, Lookup, Values
from app.core.model.entry import TrustedKind
from app.core.model.principal import Principal, PrincipalKind

_OF_RESOURCE = ("aws:resource", "iam:resourcetag/")
_RESOURCE_TAGS = ("aws:resourcetag/", "iam:resourcetag/")
_TRUST = "trust policy"
_USER_ID = "aws:userid"
_ANY_ID = "*"
_ORGANIZATION_ID = "aws:principalorgid"
_OTHER_ORGANIZATION = ("an organization other than the role's",)
_ELEMENT = {
    TrustedKind.SERVICE: "Service",
    TrustedKind.SAML: "Federated",
    TrustedKind.WEB_IDENTITY: "Federated",
}
_IDENTITY = frozenset({LayerKind.IDENTITY})
_IDENTITY_AND_BOUNDARY = _IDENTITY | {LayerKind.BOUNDARY}
_FREE_WHERE_NAMED = (_IDENTITY, _IDENTITY_AND_BOUNDARY)
_ON_BOTH = frozenset({Verdict.CONDITIONAL, Verdict.EXPLICIT_DENY})
_BEST = (
    Verdict.ALLOW,
    Verdict.CONDITIONAL,
    Verdict.UNKNOWN,
    Verdict.IMPLICIT_DENY,
    Verdict.EXPLICIT_DENY,
)


@dataclass(frozen=True, slots=True)
class Judged:
    """The decision on a caller who assumes a role, and what it was made from."""

    decision: Decision
    layers: tuple[Layer, ...]
    lookup: Lookup
    request: Request
    is_named: bool = False


@dataclass(frozen=True, slots=True)
class Caller:
    """A user or role of account `its`, ready to be judged at one door after the other."""

    principal: Principal
    its: Binding
    layers: tuple[Layer, ...]
    lookup: Lookup


def asking(principal: Principal, its: Binding) -> Caller:
    """Return a user or role of account `its` as a caller, with what of its policies bears on assuming roles."""
    layers = tuple(_narrowed(layer) for layer in its.layers(principal) if layer.kind is not LayerKind.RCP)
    return Caller(principal, its, layers, principal_lookup(its.snapshot, principal))


class Door:
    """A role with its trust policy, ready to be asked about one caller after the other."""

    def __init__(self, home: Binding, role: Principal) -> None:
        """Parse the trust policy.

        Raises:
            MalformedPolicy: it does not parse.
        """
        self.home, self.role = home, role
        self.policy = parse(role.trust) if role.trust is not None else None
        # "Resource control policies": nor do they bind who comes into a service-linked role.
        controls = () if is_service_linked(role) else home.resource_controls()
        self._rcps = tuple(_narrowed(layer) for layer in controls)

    def judged(self, caller: Caller) -> Judged:
        """Return the decision on a user or role that assumes the role.

        A principal of the role's own account that the trust policy names needs no identity policy; where it names a
        user, a session or everyone, no boundary has to allow either. Denies count in any case.
        """
        best = self._reading(caller, frozenset())
        if caller.its.snapshot.account.id == self.home.snapshot.account.id:
            for free in _FREE_WHERE_NAMED:
                if best.decision.verdict is not Verdict.ALLOW and self._frees(caller.principal, free):
                    best = min(best, self._reading(caller, free), key=_rank)
            if best.decision.verdict in _ON_BOTH and self._frees(caller.principal, _IDENTITY):
                # Either way in may be open while the other is not: on both together it depends. And who is denied
                # lacks no policy of its own where the trust policy names it.
                both = self._together(caller)
                is_same = best.decision.verdict is Verdict.CONDITIONAL and _answer(both) == _answer(best)
                best = best if is_same else both
        return best

    def outsider(self, one: Trusted) -> Decision:
        """Return what the role's own side says of somebody whose own policies nobody can read."""
        kind, caller = _ELEMENT.get(one.kind, "AWS"), one.value
        if one.kind is TrustedKind.ACCOUNT and one.account is not None:
            # Written as a number and as the root user's ARN it is the same account.
            partition = self.home.snapshot.account.partition
            caller = f"arn:{partition}:iam::{arn.account_text(one.account)}:root"
        statements = (_of_sessions(statement, caller, _ANY_ID) for statement in self._taking(one.call))
        taking = tuple(replace(each, principals=None) for each in statements if takes(each.principals, kind, caller))
        request = Request(one.value, one.call, self.role.arn)
        return evaluate(request, (*self._rcps, self._layer(taking)), self._outside(one))

    def _reading(self, caller: Caller, free: frozenset[LayerKind]) -> Judged:
        """Return the decision where layers of some kinds need not allow, by those Allows alone that make them so."""
        # A part that was not read may hold a Deny: it stays unread.
        of_caller = tuple(replace(layer, is_given=True) if layer.kind in free else layer for layer in caller.layers)
        layers = (*self._rcps_on(caller), *of_caller, self._trust(caller.principal, free))
        lookup = _lookup(self, caller)
        request = Request(caller.principal.arn, ASSUME, self.role.arn)
        return Judged(evaluate(request, layers, lookup), layers, lookup, request, is_named=bool(free))

    def _together(self, caller: Caller) -> Judged:
        """Return the decision where in the place of a layer's own Allows those of the trust policy may stand too."""
        of_caller = tuple(self._replaceable(layer, caller.principal) for layer in caller.layers)
        layers = (*self._rcps_on(caller), *of_caller, self._trust(caller.principal, frozenset()))
        lookup = _lookup(self, caller)
        request = Request(caller.principal.arn, ASSUME, self.role.arn)
        return Judged(evaluate(request, layers, lookup), layers, lookup, request, is_named=True)

    def _rcps_on(self, caller: Caller) -> tuple[Layer, ...]:
        return () if is_service_linked(caller.principal) else self._rcps

    def _replaceable(self, layer: Layer, caller: Principal) -> Layer:
        allows = (one for one in self._taking(ASSUME) if one.is_allow and layer.kind in _freed_by(one, caller))
        statements = tuple(_of_sessions(one, caller.arn, caller.unique_id) for one in allows)
        return replace(layer, policies=(*layer.policies, *self._layer(statements).policies)) if statements else layer

    def _frees(self, caller: Principal, free: frozenset[LayerKind]) -> bool:
        return any(one.is_allow and free <= _freed_by(one, caller) for one in self._taking(ASSUME))

    def _trust(self, caller: Principal, free: frozenset[LayerKind]) -> Layer:
        kept = (one for one in self._taking(ASSUME) if not one.is_allow or free <= _freed_by(one, caller))
        return self._layer(tuple(_of_sessions(one, caller.arn, caller.unique_id) for one in kept))

    def _taking(self, call: str) -> tuple[Statement, ...]:
        return () if self.policy is None else self.policy.taking(call)

    def _layer(self, statements: tuple[Statement, ...]) -> Layer:
        policies = () if self.policy is None else (Attached(replace(self.policy, statements=statements), _TRUST),)
        return Layer(LayerKind.TRUST, self.role.arn, policies)

    def _outside(self, one: Trusted) -> Lookup:
        is_service = one.kind is TrustedKind.SERVICE
        known: dict[str, Values] = {"aws:principalisawsservice": ("true" if is_service else "false",)}
        if one.account is not None:
            known["aws:principalaccount"] = (arn.account_text(one.account),)
            known |= self._organization_of(one.account, one.call)
        if one.kind is TrustedKind.PRINCIPAL and role_of(one.value) == one.value:
            # A session's key is the ARN of its role, whose path only the role's account knows.
            known["aws:principalarn"] = (one.value,)
        return lambda key: known[key] if key in known else _of_role(self, key)

    def _organization_of(self, account: int, call: str) -> dict[str, Values]:
        """Return the organization's keys of an account that is not read.

        Of one that is no member it is known that its organization is not the role's: that decides where no condition
        names another one. It may be of none at all.
        """
        organization = self.home.snapshot.organization
        if organization is None:
            return {}
        path = next((listed.path for listed in organization.accounts if listed.id == account), None)
        if path is not None:
            return organization_values("principal", organization, path)
        asked = (*self._taking(call), *(one for layer in self._rcps for one in _statements(layer)))
        own = ("${aws:resourceorgid}", organization.id.lower())
        named = {text.lower() for one in asked for text in _values(one, _ORGANIZATION_ID)}
        return {_ORGANIZATION_ID: _OTHER_ORGANIZATION} if named.issubset(own) else {}


def _statements(layer: Layer) -> Iterable[Statement]:
    return (statement for attached in layer.policies for statement in attached.policy.statements)


def _values(statement: Statement, key: str) -> Iterable[str]:
    return (text for one in statement.conditions if one.key == key for text in one.written)


def _freed_by(statement: Statement, caller: Principal) -> frozenset[LayerKind]:
    """Return the layers of a caller of the same account that need not allow what an Allow of the trust policy grants.

    Source: IAM User Guide, "Policy evaluation logic" (the table of principals and implicit denies) and "AWS JSON policy
    elements: Principal" (a wildcard is not limited by a boundary).
    """
    element = statement.principals
    if element is None:
        return frozenset()
    values = {value for kind, value in element.pairs if kind == "AWS"}
    is_user = caller.kind is PrincipalKind.USER and caller.arn in values
    if element.is_excluding or EVERYONE in values or is_user or sessions_of(element, caller.arn):
        return _IDENTITY_AND_BOUNDARY
    return _IDENTITY if caller.arn in values else frozenset()


def _of_sessions(statement: Statement, role: str, role_id: str) -> Statement:
    """Return a statement that names single sessions of a role as one on the id that such a session has."""
    element = statement.principals
    names = sessions_of(element, role)
    if element is None or not names or matches(element, role) is not element.is_excluding:
        return statement
    operator = "StringNotLike" if element.is_excluding else "StringLike"
    is_one = condition(operator, _USER_ID, tuple(f"{role_id}:{name}" for name in names), has_variables=False)
    return replace(statement, principals=None, conditions=(*statement.conditions, *((is_one,) if is_one else ())))


def _lookup(door: Door, caller: Caller) -> Lookup:
    return lambda key: _of_role(door, key) if key.startswith(_OF_RESOURCE) else caller.lookup(key)


def _of_role(door: Door, key: str) -> Values:
    """Return what the role itself says of a key: it is the resource of the call."""
    account, organization = door.home.snapshot.account.id, door.home.snapshot.organization
    if key == "aws:resourceaccount":
        return (arn.account_text(account),)
    if key == "aws:resourceorgid" and organization is not None:
        return (organization.id,)
    for prefix in _RESOURCE_TAGS:
        if key.startswith(prefix):
            name = key.removeprefix(prefix)
            return next(((value,) for tag, value in door.role.tags if tag.lower() == name), None)
    return UNKNOWN


def _narrowed(layer: Layer) -> Layer:
    """Return a layer with the statements alone that take a call that assumes a role: most have none."""
    kept = []
    for attached in layer.policies:
        taking = {one.index: one for call in CALLS for one in attached.policy.taking(call)}
        if taking:
            statements = tuple(taking[index] for index in sorted(taking))
            kept.append(Attached(replace(attached.policy, statements=statements), attached.via))
    return replace(layer, policies=tuple(kept))


def _answer(judged: Judged) -> tuple[Verdict, tuple[str, ...]]:
    return judged.decision.verdict, judged.decision.keys


def _rank(judged: Judged) -> int:
    return _BEST.index(judged.decision.verdict)
