"""Decides one case of `kvswatch iam evaluate`: policies and a request as JSON → verdict and reasons."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from app.core import arn
from app.core.errors import InvalidInput
from app.core.iam.as_json import reason_json
from app.core.iam.context import Context
from app.core.iam.evaluate import Attached, Decision, Layer, LayerKind, Request, Verdict, evaluate
from app.core.iam.explain import reasons
from app.core.iam.parse import Statement, parse_document
from app.core.iam.principals import EVERYONE
from app.core.iam.reasons import Reason
from app.core.iam.resources import ANY_RESOURCE
from app.core.kvs.actions import BY_LOWER_NAME, PREFIX
from app.core.model.policy import PolicyDocument, PolicyKind

_DENY = "deny"
_ACCOUNT_DIGITS = 12
_KINDS = {
    "identity": PolicyKind.MANAGED,
    "boundary": PolicyKind.BOUNDARY,
    "scp": PolicyKind.SCP,
    "rcp": PolicyKind.RCP,
    "session": PolicyKind.SESSION,
    "resource": PolicyKind.RESOURCE,
    "endpoint": PolicyKind.RESOURCE,
}


def evaluate_case(case: dict[str, Any]) -> dict[str, Any]:
    """Return {"id", "verdict", "reasons"} of one case.

    The verdict is allow, explicit_deny or implicit_deny when the context is complete, else allow, deny or conditional.

    Raises:
        InvalidInput: when the case lacks what it needs.
        MalformedPolicy: when a policy of it does not parse.
    """
    case = _without_nulls(case)
    _check(case)
    try:
        decision, found = _decided(case)
    except (KeyError, TypeError, AttributeError) as error:
        raise InvalidInput(f"case {case.get('id')!r} is not a case: {error!r}; see docs/iam.md for the form") from error
    verdict: str = decision.verdict.value
    if not case.get("context_complete", True) and decision.verdict in (Verdict.EXPLICIT_DENY, Verdict.IMPLICIT_DENY):
        verdict = _DENY
    return {"id": case.get("id"), "verdict": verdict, "reasons": [reason_json(one, one.change) for one in found]}


def _without_nulls(case: dict[str, Any]) -> dict[str, Any]:
    """Return a case without the fields whose value is null: they say no more than fields that are not there."""
    given = {name: value for name, value in case.items() if value is not None}
    for name in ("policies", "request"):
        if isinstance(given.get(name), dict):
            given[name] = {field: value for field, value in given[name].items() if value is not None}
    return given


def _check(case: dict[str, Any]) -> None:
    """Refuse what would be read as something else than was meant, naming its place."""
    asked = case.get("request")
    policies = case.get("policies")
    unknown = (policies.keys() if isinstance(policies, dict) else set()) - _KINDS.keys()
    if unknown:
        raise _no_case(case, "policies", f"unknown kind {min(unknown)!r}; there are {', '.join(_KINDS)}")
    for name, kind in (("context_complete", bool), ("management_account", bool), ("known_keys", list)):
        if not isinstance(case.get(name, kind()), kind):
            raise _no_case(case, name, f"not {'a list' if kind is list else 'true or false'}")
    if not isinstance(asked, dict):
        raise _no_case(case, "request", "missing, or no object")
    for name in ("principal", "action", "resource"):
        if name not in asked and name != "resource":
            raise _no_case(case, f"request.{name}", "missing")
        if not isinstance(asked.get(name, ""), str):
            raise _no_case(case, f"request.{name}", "not a text")
    context = asked.get("context", {})
    for key, values in (context if isinstance(context, dict) else {}).items():
        if not all(isinstance(one, str | int | float) for one in (values if isinstance(values, list) else [values])):
            raise _no_case(case, f"request.context.{key}", "neither a text, a number, true, false nor a list of these")


def _no_case(case: dict[str, Any], place: str, what: str) -> InvalidInput:
    return InvalidInput(f"case {case.get('id')!r} is not a case: {place}: {what}; see docs/iam.md for the form")


def _decided(case: dict[str, Any]) -> tuple[Decision, tuple[Reason, ...]]:
    asked = case["request"]
    request = Request(asked["principal"], asked["action"], _resource(asked))
    context = Context(
        asked.get("context", {}),
        is_complete=case.get("context_complete", True),
        known_keys=case.get("known_keys", ()),
    )
    # The case form has it that a variable inside Resource without a given value has none: its default, or no match.
    # The matrix does not: there an unknown variable leaves the cell conditional. Why: docs/iam.md, "The case form".
    layers = _layers(case, request)
    decision = evaluate(request, layers, context.lookup, in_resource=context.lookup_given)
    return decision, reasons(decision, layers, request, context.lookup_given)


def _resource(asked: Mapping[str, Any]) -> str:
    """Return what the call is made on: "*" for an action of KVS without resource type, whatever the case says."""
    action = BY_LOWER_NAME.get(asked["action"].lower().removeprefix(f"{PREFIX}:"))
    return ANY_RESOURCE if action is not None and action.is_wildcard_only else asked.get("resource", ANY_RESOURCE)


def _layers(case: Mapping[str, Any], request: Request) -> tuple[Layer, ...]:
    policies = case.get("policies", {})
    is_same_account = _is_same_account(case, request)
    identity = _attached(policies.get("identity", ()), "identity")
    resource = _attached(policies.get("resource", ()), "resource")
    layers = [*_control_layers(case, request, policies)]
    if is_same_account:
        # In one account either the identity policies or the resource policy has to allow.
        layers.append(Layer(LayerKind.IDENTITY, "identity", (*identity, *resource), is_given=_is_root(request)))
    else:
        layers.append(Layer(LayerKind.RESOURCE, "resource policy of another account", resource))
        layers.append(Layer(LayerKind.IDENTITY, "identity", identity, is_given=_is_root(request)))
    direct = _granting_directly(resource, request) if is_same_account else ()
    for kind in (LayerKind.ENDPOINT, LayerKind.BOUNDARY, LayerKind.SESSION):
        # IAM User Guide, "Permissions for GetFederationToken": without a session policy the session has none.
        if policies.get(kind) or (kind is LayerKind.SESSION and _is_federated_user(request)):
            allows_too = () if kind is LayerKind.ENDPOINT else direct
            layers.append(Layer(kind, kind, (*_attached(policies.get(kind, ()), kind), *allows_too)))
    return tuple(layers)


def _granting_directly(resource: tuple[Attached, ...], request: Request) -> tuple[Attached, ...]:
    """Return the Allows of resource policies that neither a boundary nor a session policy has to allow as well.

    They name the user or the session itself, or everyone, not the role or account (as for trust policies: `door.py`).
    """
    caller = arn.parsed(request.principal)
    is_role = caller is not None and caller.resource.startswith("role/")
    direct = {EVERYONE} if is_role else {EVERYONE, request.principal}

    def is_direct(statement: Statement) -> bool:
        named = statement.principals
        if not statement.is_allow or named is None or named.is_excluding:
            return False
        return any(value in direct for _kind, value in named.pairs)

    return tuple(
        replace(one, policy=replace(one.policy, statements=tuple(filter(is_direct, one.policy.statements))))
        for one in resource
    )


def _control_layers(case: Mapping[str, Any], request: Request, policies: Mapping[str, Any]) -> Iterable[Layer]:
    """Yield the RCPs and each level of SCPs, where they bind."""
    if _is_service_linked(request):
        return
    # Neither binds the management account: its own resources, that is, for RCPs (Organizations User Guide).
    is_own = bool(case.get("management_account")) and _is_same_account(case, request)
    if "rcp" in policies and not is_own:
        # RCPFullAWSAccess is always attached and cannot be detached: RCPs only take away.
        flat = [one for level in policies["rcp"] for one in (level if isinstance(level, list) else [level])]
        yield Layer(LayerKind.RCP, "rcp", _attached(flat, "rcp"), is_given=True)
    if case.get("management_account"):
        return
    for number, level in enumerate(policies.get("scp", ())):
        yield Layer(LayerKind.SCP, f"level {number}", _attached(level, "scp"))


def _attached(documents: Any, kind: str) -> tuple[Attached, ...]:
    found = documents if isinstance(documents, list | tuple) else [documents]
    return tuple(
        Attached(parse_document(PolicyDocument(_KINDS[kind], f"{kind} {number}", ""), document), kind)
        for number, document in enumerate(found)
    )


def _is_same_account(case: Mapping[str, Any], request: Request) -> bool:
    principal = arn.parsed(request.principal)
    account = case["request"].get("resource_account")
    if account is None:
        resource = arn.parsed(case["request"].get("resource", ANY_RESOURCE))
        account = resource.account if resource else None
    return principal is None or not account or principal.account == str(account).zfill(_ACCOUNT_DIGITS)


def _is_federated_user(request: Request) -> bool:
    parsed = arn.parsed(request.principal)
    return parsed is not None and parsed.service == "sts" and parsed.resource.startswith("federated-user/")


def _is_root(request: Request) -> bool:
    parsed = arn.parsed(request.principal)
    return parsed is not None and parsed.service == "iam" and parsed.resource == "root"


def _is_service_linked(request: Request) -> bool:
    """Whether a service-linked role calls, or a session of one: its ARN has the role's name, and not its path.

    A role of one's own cannot have such a name: Organizations API Reference, "Common Errors" of the operations,
    INVALID_ROLE_NAME: "A role name can't begin with the reserved prefix AWSServiceRoleFor".
    """
    parsed = arn.parsed(request.principal)
    return parsed is not None and parsed.resource.startswith(
        ("role/aws-service-role/", "assumed-role/AWSServiceRoleFor")
    )
