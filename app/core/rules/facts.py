"""What rules are given: plain data of one account, loaded by the service and indexed once for all rules."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from app.core.coverage.history import Strip
from app.core.coverage.observe import Coverage
from app.core.findings.reconcile import Window
from app.core.kvs.actions import ACTIONS
from app.core.model.event import Event
from app.core.model.grant import Grant, Outcome
from app.core.model.snapshot import Snapshot
from app.core.model.stream import ResourceKind
from app.core.own import OwnWork
from app.core.rules.policies import PolicyBook, policy_book

Held = Mapping[str, Mapping[str, tuple[Grant, ...]]]
"""Grants by principal and action."""
LOOKBACK = timedelta(hours=2)
"""Whole hours, as the ledger of own calls has them; a burst of denials and the hour after it fit in."""
HOLDS = frozenset({Outcome.ALLOW, Outcome.CONDITIONAL, Outcome.PER_DEVICE})
"""The outcomes with which a call can succeed."""


@dataclass(frozen=True, slots=True)
class PostureFacts:
    """The account as it is now.

    `held` are the grants of the access matrix by principal and action, None when it was never computed.
    `book` is the account's IAM, indexed.
    `logged` counts stored events by (stream ARN, action, UTC day); a key that is absent: none.
    `logged_since` is the first of the unbroken run of days with stored events that ends now, None: there is none.
    `unread` says of (Region, UTC day) why log files of that day were not read.
    """

    snapshot: Snapshot
    coverage: Coverage
    now: datetime
    held: Held | None = None
    book: PolicyBook = field(default_factory=lambda: policy_book(None))
    logged: Mapping[tuple[str, str, date], int] = field(default_factory=dict)
    logged_since: date | None = None
    unread: Mapping[tuple[str, date], str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class History:
    """What was so before the day that is judged.

    `known_since` is the first day of an unbroken run of known days that ends on the day judged: how long anybody could
    have learnt what is usual; None: nobody could. `dark` says why media reads of just before it were not logged, ""
    where that is not the reason. `first_reads` maps (reader, stream) to the first media read,
    `first_networks` maps (reader, network) likewise; `hours` are the (day, hour UTC) in which a reader fetched recorded
    media; `streams_a_day` counts the streams that a principal read on each day.
    """

    known_since: date | None = None
    first_reads: Mapping[tuple[str, str], datetime] = field(default_factory=dict)
    first_networks: Mapping[tuple[str, str], datetime] = field(default_factory=dict)
    hours: Mapping[str, frozenset[tuple[date, int]]] = field(default_factory=dict)
    streams_a_day: Mapping[str, Mapping[date, int]] = field(default_factory=dict)
    dark: str = ""


@dataclass(frozen=True, slots=True)
class DetectionFacts:
    """One UTC day of calls, oldest first, with a little of what came before.

    A detection tells what happened within `window`; `events` begin LOOKBACK earlier. `coverage` is what was observable
    within the part of `window` that is over: a class of calls that a Region has no strip of was not.
    `own_work` is what kvswatch knows of its own calls to this account; None where it has no role or never called.
    """

    snapshot: Snapshot
    window: Window
    events: tuple[Event, ...]
    now: datetime
    coverage: tuple[Strip, ...] = ()
    history: History = field(default_factory=History)
    own_work: OwnWork | None = None


def held(grants: Iterable[Grant]) -> Held:
    """Return grants by principal and action."""
    found: dict[str, dict[str, list[Grant]]] = {}
    for grant in grants:
        found.setdefault(grant.principal, {}).setdefault(grant.action, []).append(grant)
    return {principal: {action: tuple(rows) for action, rows in by.items()} for principal, by in found.items()}


def applicable_actions(snapshot: Snapshot) -> tuple[str, ...]:
    """Return the actions that have something to act on: those of channels need a channel, those of streams a stream."""
    kinds = {stream.kind for stream in snapshot.streams}
    return tuple(
        action.name
        for action in ACTIONS.values()
        if (action.on_stream and ResourceKind.STREAM in kinds) or (action.on_channel and ResourceKind.CHANNEL in kinds)
    )


def may(actions: Mapping[str, tuple[Grant, ...]], action: str) -> bool:
    """Whether a principal with these grants can call `action` on at least one resource."""
    return any(grant.outcome in HOLDS for grant in actions.get(action, ()))


def unknown(actions: Mapping[str, tuple[Grant, ...]], action: str) -> bool:
    """Whether the verdict on `action` is open for at least one resource, a layer being unread."""
    return any(grant.outcome is Outcome.UNKNOWN for grant in actions.get(action, ()))


def resources(
    actions: Mapping[str, tuple[Grant, ...]], action: str, outcomes: frozenset[Outcome] = HOLDS
) -> frozenset[str]:
    """Return the resources on which a principal can call `action`."""
    return frozenset(arn for grant in actions.get(action, ()) if grant.outcome in outcomes for arn in grant.resources)
