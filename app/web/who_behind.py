"""Who was behind a call, hop by hop: the person, device or workload, the sessions with their records, the principal."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from app.core.arn import account_id, account_text
from app.core.assumptions._assumption import Rests
from app.core.lineage.actor import is_of_identity_center
from app.core.lineage.behind import Behind, BehindKind, behind, named_kind, workload_of
from app.core.lineage.chain import Chain, End, chain
from app.core.lineage.chain import Hop as ChainHop
from app.core.model.event import Actor, ActorKind, KeyKind
from app.core.model.scope import Scope
from app.core.trailfile.shape import MalformedRecord, UserIdentity, decoded
from app.db.queries.events import EventRow, RawRecord
from app.db.queries.lineage import sessions_behind
from app.web.identity_links import key_href
from app.web.names import short

KEY_KINDS = {
    KeyKind.LONG_TERM: "long-term key",
    KeyKind.TEMPORARY: "temporary key of a session",
    KeyKind.TEMPORARY_OF_USER: "temporary key drawn from a user's long-term one",
    KeyKind.NONE: "no access key",
}
ACTOR_KINDS = {
    ActorKind.ROLE: "role",
    ActorKind.USER: "user",
    ActorKind.ROOT: "root user",
    ActorKind.FEDERATED: "federated user",
    ActorKind.SERVICE: "AWS service",
    ActorKind.ACCOUNT: "another account",
    ActorKind.PERSON: "person",
    ActorKind.WEB_IDENTITY: "web identity",
    ActorKind.SAML: "SAML identity",
    ActorKind.UNKNOWN: "unknown",
}


@dataclass(frozen=True, slots=True)
class Hop:
    """One link of the chain from the person to the call; a gap says why it is one.

    `link` and `href` lead to the record that joins it, or to where a gap is closed; "" where there is nothing.
    """

    name: str
    badge: str
    sub: str
    is_gap: bool = False
    link: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class Who:
    """The hops, the farthest first, and what of them rests on assumptions."""

    hops: tuple[Hop, ...]
    rests: tuple[Rests, ...] = ()


def who_behind(
    connection: Connection, scope: Scope, event: EventRow, identity: UserIdentity | None, onboarded: frozenset[int]
) -> Who:
    """Return the chain from the person, workload or device to the principal of the call, breaks shown as such.

    `identity` is the record's own, None where no raw record is kept; `onboarded` are the accounts that are read.
    """
    found = _chain(connection, scope, event, onboarded)
    first = _begun(event, found, workload_of(identity), onboarded)
    sessions = [_session(hop) for hop in reversed(found.hops)] if found is not None else []
    return Who((*first, *(sessions or [_principal(event)]), *_on_behalf(event)), tuple(_rests(event, first)))


def identity_of(raw: RawRecord | None) -> UserIdentity | None:
    """Return who called as the record has it; None where there is no record, or none that can be read."""
    try:
        return None if raw is None else decoded(raw.content).user_identity
    except MalformedRecord:
        return None


def who_behind_key(
    connection: Connection, scope: Scope, key: str, at: datetime, onboarded: frozenset[int]
) -> tuple[Hop, ...]:
    """Return the chain behind a session of which no call is known, used at `at`: its records alone tell."""
    found = chain(key, sessions_behind(connection, scope, key, at), at, onboarded)
    origin = behind(found)
    first = _gap(found, onboarded) if origin is None else _origin(origin, found)
    return (first, *(_session(hop) for hop in reversed(found.hops)))


def _rests(event: EventRow, first: tuple[Hop, ...]) -> Iterator[Rests]:
    """Yield what is inferred of who began it: what AWS documents, as a source identity, is not."""
    if any(hop.badge == BehindKind.DEVICE for hop in first):
        yield Rests.DEVICE
    if event.person and named_kind(event.person) is BehindKind.COGNITO:
        yield Rests.APP_USER
    if event.person and event.person == event.session_name and is_of_identity_center(event.principal_arn or ""):
        yield Rests.PERSON


def _chain(connection: Connection, scope: Scope, event: EventRow, onboarded: frozenset[int]) -> Chain | None:
    if event.key_kind != KeyKind.TEMPORARY or not event.access_key:
        return None
    at = event.key.event_time
    return chain(event.access_key, sessions_behind(connection, scope, event.access_key, at), at, onboarded)


def _begun(event: EventRow, found: Chain | None, workload: str | None, onboarded: frozenset[int]) -> tuple[Hop, ...]:
    """Return who began it: by the chain, else by the record itself, else that nobody can tell and why."""
    origin = behind(found) if found is not None else None
    if origin is not None and found is not None:
        return (_origin(origin, found),)
    named = _named(event, workload)
    if found is not None and found.hops:
        return (*named, _gap(found, onboarded))
    if named or event.actor_kind != ActorKind.ROLE:
        return named
    why = found.why if found is not None else "this record names the session, not who began it"
    return (Hop("Unknown person or workload", "not observable", why, is_gap=True),)


def _origin(origin: Behind, found: Chain) -> Hop:
    """Return who began it, with the long-term key that was used where a record names one."""
    key = found.hops[-1].session.caller_key if found.end is End.USER else None
    name = origin.name or short(origin.principal)
    return Hop(name, origin.kind, origin.why, link="its key" if key else "", href=key_href(key) if key else "")


def _named(event: EventRow, workload: str | None) -> tuple[Hop, ...]:
    """Return whom the record itself names."""
    if event.person:
        return (Hop(event.person, named_kind(event.person), "named by the session"),)
    if workload:
        return (Hop(short(workload), BehindKind.WORKLOAD, "AWS issued the session's credentials to it"),)
    return ()


def _gap(found: Chain, onboarded: frozenset[int]) -> Hop:
    actor = found.origin
    name = (actor.person or short(actor.principal) if actor else "") or "Unknown person or workload"
    return Hop(name, "not observable", found.why, is_gap=True, link="Close this gap", href=_closing(actor, onboarded))


def _closing(actor: Actor | None, onboarded: frozenset[int]) -> str:
    """Return where a gap is closed: by what an account logs, or by reading it at all."""
    account = actor.account if actor is not None else None
    return f"/coverage?account={account_text(account)}" if account in onboarded and account else "/accounts"


def _session(hop: ChainHop) -> Hop:
    session = hop.session
    joined = ", joined by its sharedEventID" if hop.is_by_shared_event else ""
    # The record may be the caller's copy: the role's own account is in its ARN.
    parts = (
        account_text(account_id(session.role_arn) or session.account),
        f"session {session.session_name}" if session.session_name else "",
        f"{session.action} {session.event_time:%m-%d %H:%M:%SZ}",
        f"key {hop.key}",
        f"record {session.event_id} of {account_text(session.account)}{joined}",
    )
    sub = " · ".join(part for part in parts if part)
    return Hop(short(session.role_arn), "role", sub, link="its record", href=f"{key_href(hop.key)}#issued")


def _principal(event: EventRow) -> Hop:
    kind = ACTOR_KINDS.get(ActorKind(event.actor_kind), event.actor_kind)
    session = f"session {event.session_name}" if event.session_name else ""
    key = KEY_KINDS.get(KeyKind(event.key_kind), event.key_kind)
    sub = " · ".join(part for part in (session, key, event.access_key or "") if part)
    name, used = short(event.principal or "unknown"), event.access_key
    return Hop(name, kind, sub, link="its key" if used else "", href=key_href(used) if used else "")


def _on_behalf(event: EventRow) -> tuple[Hop, ...]:
    if not event.invoked_by or event.actor_kind == ActorKind.SERVICE:
        return ()
    return (Hop(event.invoked_by, "AWS service", "made the call on behalf of what is above"),)
