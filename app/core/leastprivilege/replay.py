"""Recorded calls of a principal against other policies than its own: which of them would have been denied?

A call that succeeded had passed the organization's controls and the permissions boundary when it was made. So they are
asked only for what is certain: a denial of theirs stands, and what they leave open was settled by the call itself.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from app.core.errors import InvalidInput
from app.core.iam.evaluate import Attached, Decision, Layer, LayerKind, Request, Verdict, evaluate
from app.core.iam.explain import cell_lookup, reasons
from app.core.iam.judge import Judge
from app.core.iam.layers import Binding
from app.core.iam.parse import Policy, parse
from app.core.iam.reasons import ReasonCode
from app.core.iam.resources import ANY_RESOURCE
from app.core.kvs.actions import BY_LOWER_NAME, PREFIX, Action
from app.core.model.policy import PolicyDocument
from app.core.model.principal import Principal
from app.core.model.snapshot import Snapshot

_ALLOWING = frozenset({ReasonCode.ALLOWED, ReasonCode.ALLOWED_IF, ReasonCode.ROOT_USER})


@dataclass(frozen=True, slots=True, order=True)
class RecordedCall:
    """Successful calls of one action on one stream or channel. `n` counts them, `failed` those that did not succeed.

    `stream_arn` None: the records gave a name only, or (`stream_name` None too) nothing.
    """

    action: str
    region: str | None
    kind: str | None
    stream_name: str | None
    stream_arn: str | None
    n: int
    failed: int
    first_at: datetime
    last_at: datetime


class Outcome(StrEnum):
    """What would have become of a call. CANNOT_TELL: it hangs on what no record holds."""

    ALLOWED = "allowed"
    DENIED = "denied"
    CANNOT_TELL = "cannot tell"


@dataclass(frozen=True, slots=True)
class Replayed:
    """What would have become of some calls, and why. `keys` are the context keys that decide, where they are not known.

    `resource` is the ARN that was evaluated, or what the records give of it.
    """

    call: RecordedCall
    outcome: Outcome
    resource: str
    keys: tuple[str, ...] = ()
    why: str = ""


def replay(
    snapshot: Snapshot, principal_arn: str, policies: Iterable[PolicyDocument], calls: Iterable[RecordedCall]
) -> tuple[Replayed, ...]:
    """Return what becomes of each of the calls with `policies` in place of all identity policies of the principal.

    Those of its groups are replaced as well. Calls of which none succeeded are left out: nothing can be lost of them.

    Raises:
        MalformedPolicy: one of the policies is none.
        InvalidInput: the snapshot has no such caller, or the account's IAM was never read.
    """
    binding = Binding(snapshot)
    principal = next((one for one in binding.callers if one.arn == principal_arn), None)
    if principal is None:
        why = "its IAM was never read" if snapshot.iam is None else "it has no such user or role"
        raise InvalidInput(f"{principal_arn}: not known in account {snapshot.account.id:012d}: {why}")
    wanted = tuple(parse(policy) for policy in policies)
    layers = tuple(
        _replaced(layer, wanted) if layer.kind is LayerKind.IDENTITY else layer for layer in binding.layers(principal)
    )
    judge = Judge(layers)
    return tuple(_replayed(binding, principal, layers, judge, call) for call in sorted(calls, key=_order) if call.n)


def _order(call: RecordedCall) -> tuple[str, ...]:
    return call.action, call.region or "", call.stream_name or "", call.stream_arn or "", call.kind or ""


def _replaced(layer: Layer, policies: Sequence[Policy]) -> Layer:
    return replace(layer, policies=tuple(Attached(policy, "given") for policy in policies), unread=None)


def _replayed(
    binding: Binding, principal: Principal, layers: tuple[Layer, ...], judge: Judge, call: RecordedCall
) -> Replayed:
    action = BY_LOWER_NAME.get(call.action.lower())
    if action is None:
        return Replayed(call, Outcome.CANNOT_TELL, _as_recorded(call), why="no IAM action of this name is known")
    resource = _resource(binding.snapshot, action, call)
    if resource is None:
        why = "the records do not give the ARN that was called"
        return Replayed(call, Outcome.CANNOT_TELL, _as_recorded(call), why=why)
    request = Request(principal.arn, f"{PREFIX}:{action.name}", resource)
    lookup = cell_lookup(binding, principal, resource)
    if judge.decide(request, lookup)[0] is Verdict.ALLOW:
        return Replayed(call, Outcome.ALLOWED, resource)
    decision = evaluate(request, layers, lookup)
    if decision.verdict in {Verdict.CONDITIONAL, Verdict.UNKNOWN}:
        # The call itself passed what the other layers leave open.
        layers = tuple(layer for layer in layers if layer.kind is LayerKind.IDENTITY)
        decision = evaluate(request, layers, lookup)
    outcome = _outcome(decision)
    if outcome is Outcome.ALLOWED:
        return Replayed(call, outcome, resource)
    said = (one.sentence for one in reasons(decision, layers, request, lookup) if one.code not in _ALLOWING)
    why = " ".join(said) if outcome is Outcome.DENIED else ""
    return Replayed(call, outcome, resource, decision.keys, why)


def _outcome(decision: Decision) -> Outcome:
    match decision.verdict:
        case Verdict.ALLOW:
            return Outcome.ALLOWED
        case Verdict.EXPLICIT_DENY | Verdict.IMPLICIT_DENY:
            return Outcome.DENIED
        case Verdict.CONDITIONAL | Verdict.UNKNOWN:
            return Outcome.CANNOT_TELL


def _resource(snapshot: Snapshot, action: Action, call: RecordedCall) -> str | None:
    """Return the ARN that was called: of records that name the stream only, that of the one stream of this name."""
    if action.is_wildcard_only:
        return ANY_RESOURCE
    if call.stream_arn is not None or call.stream_name is None:
        return call.stream_arn
    named = [
        stream.arn
        for stream in snapshot.streams
        if (stream.region, stream.kind, stream.name) == (call.region, call.kind, call.stream_name)
    ]
    # One that was deleted and made again has another ARN: then the name alone does not tell which was called.
    created = [stream.created_at for stream in snapshot.streams if stream.arn in named]
    return named[0] if len(named) == 1 and created[0] <= call.first_at else None


def _as_recorded(call: RecordedCall) -> str:
    return call.stream_arn or "/".join(filter(None, (call.region, call.kind, call.stream_name))) or "not recorded"
