"""Who was behind a call, hop by hop: the person, device or workload, the sessions with their records, the principal."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
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
from app.core.model.session import IssuedSession
from app.core.trailfile.shape import MalformedRecord, UserIdentity, decoded
from app.db.queries.events import EventRow
from app.db.queries.lineage import sessions_behind
from app.db.queries.principal_pages import ids_of
from app.db.queries.raw_records import RawRecord
from app.web.identity_links import account_href, key_href, person_href
from app.web.names import short

ADD_ACCOUNT = "/accounts#add"
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
class Part:
    """One thing that is said of a hop: `word` before what it names. `href` is "" where that has no page."""

    text: str
    href: str = ""
    word: str = ""


@dataclass(frozen=True, slots=True)
class Hop:
    """One link of the chain from the person to the call; a gap says why it is one.

    `href` is the page of what it names, "" where it has none.
    """

    name: str
    badge: str
    parts: tuple[Part, ...]
    is_gap: bool = False
    href: str = ""


@dataclass(frozen=True, slots=True)
class Who:
    """The hops, the farthest first, and what of them rests on assumptions."""

    hops: tuple[Hop, ...]
    rests: tuple[Rests, ...] = ()


@dataclass(frozen=True, slots=True)
class _Pages:
    """Which names have a page: the principals of `ids`, by ARN, and the accounts that are read."""

    ids: dict[str, int]
    onboarded: frozenset[int]

    def principal(self, principal: str) -> str:
        return f"/principals/{self.ids[principal]}" if principal in self.ids else ""

    def account(self, account: int | None) -> Part:
        """Return an account's digits with its page."""
        if account is None:
            return Part("")
        return Part(account_text(account), account_href(account) if account in self.onboarded else "")


def who_behind(
    connection: Connection, scope: Scope, event: EventRow, identity: UserIdentity | None, onboarded: frozenset[int]
) -> Who:
    """Return the chain from the person, workload or device to the principal of the call, breaks shown as such.

    `identity` is the record's own, None where no raw record is kept; `onboarded` are the accounts that are read.
    """
    found = _chain(connection, scope, event, onboarded)
    pages = _Pages(ids_of(connection, scope, _principals(found, event.principal_arn)), onboarded)
    first = _begun(event, found, workload_of(identity), pages)
    sessions = [_session(hop, pages) for hop in reversed(found.hops)] if found is not None else []
    last = sessions or [_principal(event, pages)]
    return Who((*first, *last, *_on_behalf(event)), tuple(_rests(event, first)))


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
    pages = _Pages(ids_of(connection, scope, _principals(found)), onboarded)
    origin = behind(found)
    first = _gap(found, pages) if origin is None else _origin(origin, found, pages)
    return (first, *(_session(hop, pages) for hop in reversed(found.hops)))


def who_asked(connection: Connection, scope: Scope, asked: IssuedSession, onboarded: frozenset[int]) -> tuple[Hop, ...]:
    """Return who asked for a role, as that record tells: with a key of which nothing else does."""
    caller = asked.caller
    pages = _Pages(ids_of(connection, scope, [caller.principal]), onboarded)
    parts = (
        pages.account(caller.account),
        Part(caller.session_name or "", word="session"),
        Part(f"named where it asked for {short(asked.role_arn) or 'a role'}, {asked.event_time:%m-%d %H:%M:%SZ}"),
    )
    said = tuple(part for part in parts if part.text)
    itself = Hop(short(caller.principal), ACTOR_KINDS[caller.kind], said, href=pages.principal(caller.principal))
    if caller.person:
        why = (Part("named by the session"),)
        return (Hop(caller.person, named_kind(caller.person), why, href=person_href(caller.person)), itself)
    if caller.kind is not ActorKind.ROLE:
        return (itself,)
    gap = (Part("no record seen that issued the session"), Part("Close this gap", _closing(caller, pages.onboarded)))
    return (Hop("Unknown person or workload", "not observable", gap, is_gap=True), itself)


def _principals(found: Chain | None, *more: str | None) -> Iterable[str]:
    """Return whom a chain names, by ARN."""
    hops = found.hops if found is not None else ()
    names = {hop.session.role_arn for hop in hops} | {name for name in more if name}
    return names | {found.origin.principal} if found is not None and found.origin else names


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


def _begun(event: EventRow, found: Chain | None, workload: str | None, pages: _Pages) -> tuple[Hop, ...]:
    """Return who began it: by the chain, else by the record itself, else that nobody can tell and why."""
    origin = behind(found) if found is not None else None
    if origin is not None and found is not None:
        return (_origin(origin, found, pages),)
    named = _named(event, workload)
    if found is not None and found.hops:
        return (*named, _gap(found, pages))
    if named or event.actor_kind != ActorKind.ROLE:
        return named
    why = found.why if found is not None else "this record names the session, not who began it"
    return (Hop("Unknown person or workload", "not observable", (Part(why),), is_gap=True),)


def _origin(origin: Behind, found: Chain, pages: _Pages) -> Hop:
    """Return who began it, with the long-term key that was used where a record names one."""
    first = found.hops[-1]
    key = first.session.caller_key if found.end is End.USER else None
    used = (Part(key, key_href(key), "key"),) if key else ()
    name = origin.name or short(origin.principal)
    if found.end is End.SERVICE:  # it is known by its session alone
        page = key_href(first.key)
    else:
        page = person_href(origin.name) if origin.name else pages.principal(origin.principal)
    return Hop(name, origin.kind, (Part(origin.why), *used), href=page)


def _named(event: EventRow, workload: str | None) -> tuple[Hop, ...]:
    """Return whom the record itself names."""
    if event.person:
        why = (Part("named by the session"),)
        return (Hop(event.person, named_kind(event.person), why, href=person_href(event.person)),)
    if workload:
        return (Hop(short(workload), BehindKind.WORKLOAD, (Part("AWS issued the session's credentials to it"),)),)
    return ()


def _gap(found: Chain, pages: _Pages) -> Hop:
    why = (Part(found.why), Part("Close this gap", _closing(found.origin, pages.onboarded)))
    actor = found.origin
    if actor is None:
        return Hop("Unknown person or workload", "not observable", why, is_gap=True)
    page = person_href(actor.person) if actor.person else pages.principal(actor.principal)
    return Hop(actor.person or short(actor.principal), "not observable", why, is_gap=True, href=page)


def _closing(actor: Actor | None, onboarded: frozenset[int]) -> str:
    """Return where a gap is closed: by what an account logs, or by beginning to read it."""
    account = actor.account if actor is not None else None
    return f"/coverage?account={account_text(account)}" if account in onboarded and account else ADD_ACCOUNT


def _session(hop: ChainHop, pages: _Pages) -> Hop:
    session, page = hop.session, key_href(hop.key)
    # The record may be the caller's copy: the role's own account is in its ARN.
    parts = (
        pages.account(account_id(session.role_arn) or session.account),
        Part(session.session_name or "", page, "session"),
        Part(f"{session.action} {session.event_time:%m-%d %H:%M:%SZ}"),
        Part(hop.key, page, "key"),
        Part(session.event_id, f"{page}#issued", "record"),
        replace(pages.account(session.account), word="in"),
        Part("joined by its sharedEventID" if hop.is_by_shared_event else ""),
    )
    said = tuple(part for part in parts if part.text)
    return Hop(short(session.role_arn), "role", said, href=pages.principal(session.role_arn))


def _principal(event: EventRow, pages: _Pages) -> Hop:
    kind = ACTOR_KINDS.get(ActorKind(event.actor_kind), event.actor_kind)
    used = event.access_key or ""
    page = key_href(used) if used else ""
    parts = (
        Part(event.session_name or "", page, "session"),
        Part(KEY_KINDS.get(KeyKind(event.key_kind), event.key_kind)),
        Part(used, page),
    )
    said = tuple(part for part in parts if part.text)
    return Hop(short(event.principal or "unknown"), kind, said, href=pages.principal(event.principal_arn or ""))


def _on_behalf(event: EventRow) -> tuple[Hop, ...]:
    if not event.invoked_by or event.actor_kind == ActorKind.SERVICE:
        return ()
    return (Hop(event.invoked_by, "AWS service", (Part("made the call on behalf of what is above"),)),)
