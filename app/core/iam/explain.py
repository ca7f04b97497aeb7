"""Why a decision is what it is: its reasons in AWS's order of evaluation, with the statement and its lines."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import msgspec

from app.core import arn
from app.core.errors import InvalidInput
from app.core.iam import actions
from app.core.iam.cells import outcome_of_keys
from app.core.iam.evaluate import Applied, Decision, Layer, LayerKind, Request, Verdict, evaluate
from app.core.iam.form import Unresolved
from app.core.iam.layers import Binding, is_resource_key, of_caller, principal_lookup, resource_value
from app.core.iam.principals import is_caller
from app.core.iam.printed import Path, Printed, printed
from app.core.iam.reasons import SENTENCES, Reason, ReasonCode
from app.core.iam.resources import ANY_RESOURCE, pattern_outcome, readings_differ
from app.core.iam.variables import UNKNOWN, Lookup, Values
from app.core.kvs.actions import BY_LOWER_NAME, PREFIX, Action
from app.core.model.grant import Outcome
from app.core.model.principal import Principal
from app.core.model.snapshot import Snapshot
from app.core.model.stream import ResourceKind

_ALLOWS_NOT = {
    LayerKind.IDENTITY: ReasonCode.NOTHING_ALLOWS,
    LayerKind.BOUNDARY: ReasonCode.BOUNDARY_ALLOWS_NOT,
    LayerKind.SCP: ReasonCode.SCP_ALLOWS_NOT,
    LayerKind.SESSION: ReasonCode.SESSION_ALLOWS_NOT,
    LayerKind.ENDPOINT: ReasonCode.ENDPOINT_ALLOWS_NOT,
    LayerKind.RESOURCE: ReasonCode.CROSS_ACCOUNT,
    LayerKind.TRUST: ReasonCode.TRUST_ALLOWS_NOT,
}
_IDLE_WHERE_DENIED = frozenset({ReasonCode.ROOT_USER, ReasonCode.NAMED_BY_TRUST, ReasonCode.UNREAD})
_MOST_ALLOWS = 10
"""Certain allows of one layer that are shown; of a hostile policy there may be hundreds."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """The decision on one cell and why, in order of evaluation."""

    principal: str
    action: str
    resource: str
    outcome: Outcome
    verdict: Verdict
    condition_keys: tuple[str, ...]
    reasons: tuple[Reason, ...]

    def decides(self, reason: Reason) -> bool:
        """Whether the outcome would be another without this reason: an allow of a denied call decides nothing."""
        is_allow = reason.code in {ReasonCode.ALLOWED, ReasonCode.ALLOWED_IF, ReasonCode.MORE_ALLOW}
        if self.outcome is Outcome.DENY:
            # What was not read cannot turn a call that is denied without it.
            return not is_allow and reason.code not in _IDLE_WHERE_DENIED
        return not (is_allow and reason.layer in {LayerKind.SCP, LayerKind.RCP})


def explain(snapshot: Snapshot, principal_arn: str, action: str, resource_arn: str) -> Explanation:
    """Return why a principal may or may not call `action` ("GetMedia" or "kinesisvideo:GetMedia") on a resource.

    `resource_arn` is the ARN of a stream or channel, or "*" for actions without resource type. Of a stream that is not
    in the snapshot the tags are unknown.

    Raises:
        InvalidInput: when the action is none of KVS, or the snapshot's IAM holds no such caller.
    """
    known_action = BY_LOWER_NAME.get(action.lower().removeprefix(f"{PREFIX}:"))
    if known_action is None:
        raise InvalidInput(f"{action!r} is no action of Kinesis Video Streams; GetMedia is one")
    full_name = f"{PREFIX}:{known_action.name}"
    if snapshot.iam is None:
        reason = _reason(ReasonCode.UNREAD, unread="the account's IAM was never read")
        return Explanation(principal_arn, full_name, resource_arn, Outcome.UNKNOWN, Verdict.UNKNOWN, (), (reason,))
    if not takes_resource(known_action, resource_arn):
        return _denied(principal_arn, full_name, resource_arn, ReasonCode.WRONG_RESOURCE_TYPE)
    if arn.account_id(principal_arn) not in {None, snapshot.account.id}:
        return _denied(principal_arn, full_name, resource_arn, ReasonCode.CROSS_ACCOUNT)
    binding = Binding(snapshot)
    return explained(binding, caller(binding, principal_arn), known_action.name, resource_arn)


def _denied(principal: str, action: str, resource: str, code: ReasonCode) -> Explanation:
    return Explanation(principal, action, resource, Outcome.DENY, Verdict.IMPLICIT_DENY, (), (_reason(code),))


def explained(binding: Binding, principal: Principal, action: str, resource: str) -> Explanation:
    """Return why a principal of `binding` may or may not call an action of KVS on a resource that it takes."""
    request = Request(principal.arn, f"{PREFIX}:{action}", resource)
    layers = binding.layers(principal)
    lookup = cell_lookup(binding, principal, resource)
    decision = evaluate(request, layers, lookup)
    return Explanation(
        request.principal,
        request.action,
        resource,
        of_caller(principal, outcome_of(decision)),
        decision.verdict,
        decision.keys,
        reasons(decision, layers, request, lookup),
    )


def outcome_of(decision: Decision) -> Outcome:
    """Return how the matrix shows a decision."""
    match decision.verdict:
        case Verdict.ALLOW:
            return Outcome.ALLOW
        case Verdict.CONDITIONAL:
            return outcome_of_keys(decision.keys)
        case Verdict.UNKNOWN:
            return Outcome.UNKNOWN
        case Verdict.EXPLICIT_DENY | Verdict.IMPLICIT_DENY:
            return Outcome.DENY


def cell_lookup(binding: Binding, principal: Principal, resource: str) -> Lookup:
    """Return what is known of a request of `principal` on `resource`."""
    of_principal = principal_lookup(binding.snapshot, principal)
    stream = binding.streams.get(resource)
    parsed = arn.parsed(resource)

    def lookup(key: str) -> Values:
        if not is_resource_key(key):
            return of_principal(key)
        if stream is None and parsed is not None:
            return (parsed.region,) if key == "aws:requestedregion" else UNKNOWN
        return resource_value(stream, key)

    return lookup


def reasons(decision: Decision, layers: tuple[Layer, ...], request: Request, lookup: Lookup) -> tuple[Reason, ...]:
    """Return the reasons of a decision: what denies first, then each layer in AWS's order."""
    denies = [one for one in decision.applied if not one.statement.is_allow]
    if decision.verdict is Verdict.EXPLICIT_DENY:
        certain = [one for one in denies if one.is_certain]
        found = [_of_statement(one, request, lookup) for one in certain]
        # Without these denies the call would still be denied where a layer does not allow it.
        allowing = {id(one.layer) for one in decision.applied if one.statement.is_allow}
        found += [
            _reason(_ALLOWS_NOT[layer.kind], layer=layer.kind, name=layer.name)
            for layer in layers
            if not layer.is_given and layer.unread is None and id(layer) not in allowing
        ]
        return (*found, *_wildcard_readings(certain, request))
    found = [_of_statement(one, request, lookup) for one in denies]
    for layer in layers:
        found += _of_layer(layer, decision.applied, request, lookup)
    if decision.verdict is Verdict.IMPLICIT_DENY and not any(one.code in _ALLOWS_NOT.values() for one in found):
        found.append(_reason(ReasonCode.CONDITIONS_EXCLUDE))
    return (*found, *_wildcard_readings(decision.applied, request))


def _wildcard_readings(applied: Iterable[Applied], request: Request) -> Iterator[Reason]:
    """Yield the patterns that take the resource only in the wider reading of a star at the end of an ARN part."""
    texts = {text: one.layer.kind for one in applied for text in one.statement.resources or ()}
    for text, kind in texts.items():
        if readings_differ(text, request.resource):
            yield _reason(ReasonCode.WILDCARD_READING, layer=kind, name=text)


def _of_layer(layer: Layer, applied: Iterable[Applied], request: Request, lookup: Lookup) -> Iterator[Reason]:
    """Yield what one layer says: the allows that settle it, else its open allows, else that it has none."""
    allows = [one for one in applied if one.layer is layer and one.statement.is_allow]
    certain = [one for one in allows if one.is_certain]
    if layer.unread is not None:
        yield _reason(ReasonCode.UNREAD, layer=layer.kind, unread=layer.unread)
    if layer.is_given:
        if layer.kind is LayerKind.IDENTITY:
            is_root = request.principal.endswith(":root")
            yield _reason(ReasonCode.ROOT_USER if is_root else ReasonCode.NAMED_BY_TRUST, layer=layer.kind)
    elif certain:
        yield from (_of_statement(one, request, lookup) for one in certain[:_MOST_ALLOWS])
        if len(certain) > _MOST_ALLOWS:
            yield _reason(ReasonCode.MORE_ALLOW, layer=layer.kind, name=str(len(certain) - _MOST_ALLOWS))
    elif allows:
        yield from (_of_statement(one, request, lookup) for one in allows)
    elif layer.unread is None:
        yield _reason(_ALLOWS_NOT[layer.kind], layer=layer.kind, name=layer.name)


def _of_statement(one: Applied, request: Request, lookup: Lookup) -> Reason:
    source, statement = one.attached.policy.source, one.statement
    keys = tuple(sorted({key for clause in one.residual for key in clause.open_keys}))
    code = _statement_code(one)
    text, first_line, marked = _marked(one, request, lookup)
    place = f"Statement {statement.index + 1}{f' ({statement.sid})' if statement.sid else ''} of {source.name}"
    return Reason(
        code=code,
        sentence=SENTENCES[code].format(place=place, via=f" ({one.attached.via})", keys=", ".join(keys)),
        layer=one.layer.kind,
        policy=source.name,
        policy_arn=source.arn,
        policy_version=source.version_id,
        via=one.attached.via,
        statement=statement.index,
        sid=statement.sid,
        text=text,
        first_line=first_line,
        marked=marked,
        condition_keys=keys,
    )


def _statement_code(one: Applied) -> ReasonCode:
    if one.statement.is_allow:
        return ReasonCode.ALLOWED if one.is_certain else ReasonCode.ALLOWED_IF
    if one.is_certain:
        return ReasonCode.DENIED
    is_doubted = all(isinstance(clause, Unresolved) for clause in one.residual)
    return ReasonCode.DENIED_UNLESS_INVALID if is_doubted else ReasonCode.DENIED_IF


def _reason(code: ReasonCode, *, layer: LayerKind | None = None, name: str = "", unread: str = "") -> Reason:
    return Reason(code, SENTENCES[code].format(layer=name, unread=unread), layer)


def _marked(one: Applied, request: Request, lookup: Lookup) -> tuple[str, int | None, tuple[int, ...]]:
    """Return the statement's text in its document, its first line, and the lines that match the call."""
    source = one.attached.policy.source.document
    if not source:
        return "", None, ()
    document, page = _page(source)
    path: Path = ("Statement",) if isinstance(document["Statement"], dict) else ("Statement", one.statement.index)
    raw = document["Statement"] if len(path) == 1 else document["Statement"][one.statement.index]
    lines = sorted(
        {
            line
            for part in _matching_parts(one, raw, request, lookup)
            for line in range(page.places[path + part][0], page.places[path + part][1] + 1)
        }
    )
    return page.text(path), page.places[path][0], tuple(lines)


@lru_cache(maxsize=64)
def _page(source: str) -> tuple[Any, Printed]:
    """Return a document decoded and printed; the statements of one document are explained together."""
    document = msgspec.json.decode(source)
    return document, printed(document)


def _matching_parts(one: Applied, raw: dict[str, Any], request: Request, lookup: Lookup) -> Iterator[Path]:
    """Yield the paths, from the statement on, of what takes the call: patterns, whole Not elements, conditions."""
    statement = one.statement

    def takes_it(text: str) -> bool:
        taken = pattern_outcome(text, request.resource, lookup, has_variables=statement.has_variables)
        return taken is not False

    yield from _element_parts(raw, "Action", lambda text: actions.matches(text, request.action))
    yield from _element_parts(raw, "Resource", takes_it)
    for operator, keys in (raw.get("Condition") or {}).items():
        yield from (("Condition", operator, key) for key in keys)


def _element_parts(raw: dict[str, Any], name: str, takes: Any) -> Iterator[Path]:
    if f"Not{name}" in raw:
        yield (f"Not{name}",)
    value = raw.get(name)
    if isinstance(value, list):
        yield from ((name, number) for number, text in enumerate(value) if takes(text))
    elif value is not None:
        yield (name,)


def takes_resource(action: Action, resource: str) -> bool:
    """Whether an action is called on a resource of this type; "*": on none."""
    if resource == ANY_RESOURCE:
        return action.is_wildcard_only
    parsed = arn.parsed(resource)
    kind = parsed.resource.split("/")[0] if parsed else ""
    return (kind == ResourceKind.STREAM and action.on_stream) or (kind == ResourceKind.CHANNEL and action.on_channel)


def caller(binding: Binding, principal_arn: str) -> Principal:
    """Return one of an account's principals that make calls, by its ARN or by that of a session, as records have it.

    Raises:
        InvalidInput: the account has none of that ARN.
    """
    for principal in binding.callers:
        if is_caller(principal.arn, principal_arn):
            return principal
    account = arn.account_text(binding.snapshot.account.id)
    raise InvalidInput(f"no user, role or root user {principal_arn} in account {account}; write its whole ARN")
