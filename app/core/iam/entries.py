"""Who gets into a role: everyone whom its trust policy names, judged by all policies that bind the call.

Sources: IAM User Guide, "Policy evaluation logic", "Cross-account policy evaluation logic", "Permissions boundaries for
IAM entities"; STS API Reference, "AssumeRole" (the root user cannot call it); Organizations User Guide, "Resource
control policies" (they cover sts, and bind whoever comes into a role of the account). That a trust policy which names a
principal of its own account needs no identity policy beside it is general IAM knowledge, not checked against AWS.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from app.core import arn
from app.core.errors import MalformedPolicy
from app.core.iam import trust
from app.core.iam.evaluate import Attached, Decision, Layer, LayerKind, Request, Verdict, evaluate
from app.core.iam.explain import outcome_of
from app.core.iam.layers import Binding, principal_lookup
from app.core.iam.parse import Statement, parse
from app.core.iam.principals import EVERYONE, role_of
from app.core.iam.trust import Trusted
from app.core.iam.variables import UNKNOWN, Lookup, Values
from app.core.model.entry import Entry, TrustedKind
from app.core.model.grant import Outcome
from app.core.model.principal import Principal, PrincipalKind

ASSUME = "sts:AssumeRole"
_CALLS = {TrustedKind.SAML: "sts:AssumeRoleWithSAML", TrustedKind.WEB_IDENTITY: "sts:AssumeRoleWithWebIdentity"}
_OF_RESOURCE = ("aws:resource", "iam:resourcetag/")
_RESOURCE_TAGS = ("aws:resourcetag/", "iam:resourcetag/")
_TRUST = "trust policy"
_SESSION_NAME = "sts:rolesessionname"
_OTHER_ORGANIZATION = ("an organization other than the role's",)

Bindings = Callable[[int], Binding | None]
"""From an account to its policies; None where its IAM was never read."""


@dataclass(frozen=True, slots=True)
class Judged:
    """The decision on a caller who assumes a role, and what it was made from."""

    decision: Decision
    layers: tuple[Layer, ...]
    lookup: Lookup
    request: Request
    is_named: bool = False


class Door:
    """A role with its trust policy, ready to be asked about one caller after the other."""

    def __init__(self, home: Binding, role: Principal) -> None:
        """Parse the trust policy.

        Raises:
            MalformedPolicy: it does not parse.
        """
        self.home, self.role = home, role
        self.policy = parse(role.trust) if role.trust is not None else None
        self._rcps = tuple(_narrowed(layer) for layer in home.resource_controls())
        self._all = self._trust(lambda _: True)

    def judged(self, caller: Principal, its: Binding) -> Judged:
        """Return the decision on a user or role that assumes the role.

        A principal of the role's own account that the trust policy names needs no identity policy; of a user that is
        named the boundary need not allow either. Denies count in any case.
        """
        request = Request(caller.arn, ASSUME, self.role.arn)
        lookup = _lookup(self, caller, its)
        layers = self._layers(caller, its, self._all)
        decision = evaluate(request, layers, lookup)
        if its.snapshot.account.id != self.home.snapshot.account.id or decision.verdict is Verdict.ALLOW:
            return Judged(decision, layers, lookup, request)
        own = {EVERYONE, caller.arn}
        is_free = {LayerKind.IDENTITY} | ({LayerKind.BOUNDARY} if caller.kind is PrincipalKind.USER else set())
        free = tuple(
            replace(layer, is_given=True, unread=None) if layer.kind in is_free else layer
            for layer in self._layers(caller, its, self._trust(lambda one: _names_any(one, own)))
        )
        named = evaluate(request, free, lookup)
        if _BEST.index(named.verdict) < _BEST.index(decision.verdict):
            return Judged(named, free, lookup, request, is_named=True)
        return Judged(decision, layers, lookup, request)

    def outsider(self, one: Trusted) -> Decision:
        """Return what the role's own side says of somebody whose own policies nobody can read."""
        names = ("AWS" if one.kind in _AWS else _ELEMENT[one.kind], one.value)
        call = _CALLS.get(one.kind, ASSUME)
        statements = tuple(
            replace(statement, principals=None) for statement in self._taking(call) if _names_pair(statement, names)
        )
        return evaluate(
            Request(one.value, call, self.role.arn), (*self._rcps, self._layer(statements)), self._outside(one)
        )

    def _trust(self, wanted: Callable[[Statement], bool]) -> Layer:
        return self._layer(tuple(s for s in self._taking(ASSUME) if not s.is_allow or wanted(s)))

    def _taking(self, call: str) -> tuple[Statement, ...]:
        return () if self.policy is None else self.policy.taking(call)

    def _layer(self, statements: tuple[Statement, ...]) -> Layer:
        policies = () if self.policy is None else (Attached(replace(self.policy, statements=statements), _TRUST),)
        return Layer(LayerKind.TRUST, self.role.arn, policies)

    def _layers(self, caller: Principal, its: Binding, own: Layer) -> tuple[Layer, ...]:
        """Return the RCPs of the role's account, what binds the caller itself, and the trust policy."""
        of_caller = (_narrowed(layer) for layer in its.layers(caller) if layer.kind is not LayerKind.RCP)
        return (*self._rcps, *of_caller, own)

    def _outside(self, one: Trusted) -> Lookup:
        is_service = one.kind is TrustedKind.SERVICE
        account = None if one.account is None else arn.account_text(one.account)
        known: dict[str, Values] = {"aws:principalisawsservice": ("true" if is_service else "false",)}
        if account is not None:
            known["aws:principalaccount"] = (account,)
            organization = self.home.snapshot.organization
            members = {listed.id for listed in organization.accounts} if organization else None
            if members is not None:
                is_member = one.account in members
                known["aws:principalorgid"] = (organization.id,) if organization and is_member else _OTHER_ORGANIZATION
        if one.kind is TrustedKind.PRINCIPAL:
            known["aws:principalarn"] = (role_of(one.value),)
        return lambda key: known[key] if key in known else _of_role(self, key)


_AWS = frozenset({TrustedKind.EVERYONE, TrustedKind.ACCOUNT, TrustedKind.PRINCIPAL})
_ELEMENT = {
    TrustedKind.SERVICE: "Service",
    TrustedKind.SAML: "Federated",
    TrustedKind.WEB_IDENTITY: "Federated",
}
_BEST = (
    Verdict.ALLOW,
    Verdict.CONDITIONAL,
    Verdict.UNKNOWN,
    Verdict.IMPLICIT_DENY,
    Verdict.EXPLICIT_DENY,
)


def entries(home: Binding, role: Principal, bindings: Bindings) -> tuple[Entry, ...]:
    """Return everyone who may assume `role`, each once; whom a policy keeps out is no entry.

    Of an account that is trusted as a whole each user and role is asked. `bindings` gives the policies of accounts,
    the role's own among them.
    """
    try:
        door = Door(home, role)
    except MalformedPolicy as error:
        return (Entry(role.arn, TrustedKind.UNREADABLE, str(error), None, Outcome.UNKNOWN),)
    found: dict[str, Entry] = {}
    for one in trust.trusted(role):
        for entry in _entries_of(door, one, bindings):
            found.setdefault(entry.source, entry)
    return tuple(found.values())


def accounts_named(role: Principal) -> frozenset[int]:
    """Return the accounts whose policies decide on who gets into `role`, beside its own."""
    return frozenset(one.account for one in trust.trusted(role) if one.account is not None)


def _entries_of(door: Door, one: Trusted, bindings: Bindings) -> Iterator[Entry]:
    number = door.home.snapshot.account.id if one.kind is TrustedKind.EVERYONE else one.account
    its = bindings(number) if number is not None and one.kind in _AWS else None
    callers = () if its is None else _callers(one, its)
    if one.kind is TrustedKind.EVERYONE or not callers:
        yield from _outsider(door, one, is_read=its is not None)
    for caller in callers:
        if its is not None and caller.arn != door.role.arn:
            yield from _insider(door, one, caller, its)


def _callers(one: Trusted, its: Binding) -> Sequence[Principal]:
    """Return the users and roles of an account that a trust policy's principal may mean."""
    able = [each for each in its.callers if each.kind is not PrincipalKind.ROOT]
    if one.kind is not TrustedKind.PRINCIPAL:
        return able
    # A session's ARN leaves the path of its role out.
    session_of = one.value if role_of(one.value) == one.value else None
    name = role_of(one.value).rpartition("/")[2]
    return [e for e in able if e.arn == session_of or (session_of is None and e.name == name and e.trust is not None)]


def _insider(door: Door, one: Trusted, caller: Principal, its: Binding) -> Iterator[Entry]:
    asked = caller
    is_session = one.kind is TrustedKind.PRINCIPAL and one.value != caller.arn
    if is_session:
        asked = replace(caller, arn=one.value)
    judged = door.judged(asked, its)
    result, keys = outcome_of(judged.decision), judged.decision.keys
    if is_session and result in {Outcome.ALLOW, Outcome.CONDITIONAL}:
        # Only sessions of this one name: who may choose the name is not asked.
        result, keys = Outcome.CONDITIONAL, tuple(sorted({*keys, _SESSION_NAME}))
    if result is not Outcome.DENY:
        number = its.snapshot.account.id
        yield Entry(
            door.role.arn,
            TrustedKind.PRINCIPAL,
            caller.arn,
            number,
            result,
            keys,
            is_known=True,
            is_named=judged.is_named,
            statement=one.statement,
            sid=one.sid,
        )


def _outsider(door: Door, one: Trusted, *, is_read: bool) -> Iterator[Entry]:
    decision = door.outsider(one)
    result = outcome_of(decision)
    if one.kind in {TrustedKind.ACCOUNT, TrustedKind.PRINCIPAL} and (is_read or one.account is None):
        # Its account was read and holds no such principal, or it shows as the id of a deleted one: nobody comes.
        return
    if result is not Outcome.DENY:
        yield Entry(
            door.role.arn, one.kind, one.value, one.account, result, decision.keys, statement=one.statement, sid=one.sid
        )


def _lookup(door: Door, caller: Principal, its: Binding) -> Lookup:
    of_caller = principal_lookup(its.snapshot, caller)
    return lambda key: _of_role(door, key) if key.startswith(_OF_RESOURCE) else of_caller(key)


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
    """Return a layer with the statements alone that take sts:AssumeRole: most have none."""
    kept = []
    for attached in layer.policies:
        statements = attached.policy.taking(ASSUME)
        if statements:
            kept.append(Attached(replace(attached.policy, statements=statements), attached.via))
    return replace(layer, policies=tuple(kept))


def _names_any(statement: Statement, values: set[str]) -> bool:
    element = statement.principals
    if element is None:
        return False
    if element.is_excluding:
        return True
    return any(kind == "AWS" and value in values for kind, value in element.pairs)


def _names_pair(statement: Statement, pair: tuple[str, str]) -> bool:
    """Whether a trust statement takes an outsider: by its own name, or as everyone."""
    element = statement.principals
    if element is None:
        return False
    taken = pair in element.pairs or (pair[0] == "AWS" and ("AWS", EVERYONE) in element.pairs)
    return taken is not element.is_excluding
