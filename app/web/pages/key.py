"""`/keys/{id}` and `/sessions/{id}`: one access key, long-term or of a session: who is behind it, and what it did.

A role session is known by the key that was issued for it, so key and session are one page under two addresses.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.core import arn
from app.core.assumptions._assumption import Rests
from app.core.model.event import ActorKind, KeyKind
from app.core.model.session import IssuedSession
from app.core.query.moment import iso
from app.db.queries import findings, lineage
from app.db.queries.principal_pages import ids_of
from app.db.queries.raw_records import raw_record
from app.web import filters, words
from app.web.activity import (
    ALL,
    ActivityView,
    activity_view,
    asked_whole,
    by_address,
    by_endpoint,
    by_principal,
    by_user_agent,
    counted,
    did,
)
from app.web.assumed import Resting, resting
from app.web.horizon import Observability
from app.web.identity_links import address_href, key_href
from app.web.known_key import KnownKey, read_key
from app.web.names import short
from app.web.onward import Onward, sessions_onward
from app.web.span import Span
from app.web.used_by_iam import is_unrecorded
from app.web.visit import Visit, visiting
from app.web.who_behind import KEY_KINDS, Hop, Part, identity_of, who_asked, who_behind, who_behind_key

router = APIRouter()
MARGIN = timedelta(minutes=1)
_RESTS = (
    Rests.KEY, Rests.STREAM, Rests.KEPT, Rests.COVERAGE, Rests.REFUSED, Rests.DEVICE, Rests.PERSON, Rests.APP_USER,
    Rests.SERVICE, Rests.ONCE,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of the facts; `href` is "" where the value has no page."""

    name: str
    value: str
    href: str = ""
    sub: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Issued:
    """One record of how the session came to be."""

    action: str
    account: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class KeyView:
    """What the page prints."""

    title: str
    key: str
    is_session: bool
    badges: tuple[str, ...]
    summary: str
    assumed: Resting | None
    span: str
    lane_title: str
    unseen_text: str
    chain: tuple[Hop, ...]
    chain_note: str
    end: str
    activity: ActivityView
    onward: tuple[Onward, ...]
    onward_href: str
    onward_note: str
    issued: tuple[Issued, ...]
    facts: tuple[Fact, ...]
    findings: tuple[tuple[str, str, str], ...]
    stop_href: str


@router.get("/keys/{key:access_key}", include_in_schema=False)
@router.get("/sessions/{key:access_key}", include_in_schema=False)
def show(request: Request, key: str) -> Response:
    """Show one key or session."""
    with visiting(request, "now-90d", takes=(ALL,)) as opened:
        arrived = asked_whole(opened)
        records = lineage.records_of(arrived.connection, arrived.scope, key)
        visit = _over_its_life(arrived, records)
        known = read_key(visit, key, records)
        seen = visit.observability(known.account)
        view = _view(visit, known, seen)
        return visit.page("pages/key.html", view, account=_onboarded(visit, known), horizon=seen)


def _onboarded(visit: Visit, known: KnownKey) -> int | None:
    return known.account if known.account in dict(visit.accounts) else None


def _over_its_life(visit: Visit, records: tuple[IssuedSession, ...]) -> Visit:
    """Return the visit with the session's life as its range, where the URL asks for none."""
    if not records or {"from", "to"} & visit.request.query_params.keys():
        return visit
    start = min(one.event_time for one in records) - MARGIN
    ends = max((one.expires_at or one.event_time + lineage.LONGEST_SESSION) for one in records)
    end = max(min(ends, visit.now), start + 2 * MARGIN) + MARGIN
    return replace(visit, span=Span(start, end, iso(start), iso(end)))


def _view(visit: Visit, known: KnownKey, seen: Observability) -> KeyView:
    hops, note = _chain(visit, known)
    onward, left_out, more_href = sessions_onward(visit, known.key)
    about = ("key", known.key)
    return KeyView(
        title=_title(known),
        key=known.key,
        is_session=known.is_session,
        badges=_badges(visit, known),
        summary=_summary(visit, known, hops, seen),
        assumed=resting(visit, *_RESTS),
        span=visit.span.label,
        lane_title="From",
        unseen_text="No call with this key is stored of this range.",
        chain=tuple(_without_itself(hop, known.key) for hop in hops),
        chain_note=note,
        end=counted(known.found),
        activity=activity_view(
            visit,
            known.found,
            seen,
            about,
            "What it did, from where",
            by_address,
            (
                ("Addresses", by_address),
                ("User agents", by_user_agent),
                ("VPC endpoints", by_endpoint),
                *((("Principals", by_principal),) if len({use.principal_id for use in known.found.uses}) > 1 else ()),
            ),
            _onboarded(visit, known),
        ),
        onward=onward,
        onward_href=more_href,
        onward_note=left_out if onward else _no_onward(visit, known),
        issued=_issued(visit, known.records),
        facts=tuple(_facts(visit, known)),
        findings=_findings(visit, known),
        stop_href=f"{key_href(known.key)}/stop" if known.principal else "",
    )


# ---------------------------------------------------------------- what it is
def _title(known: KnownKey) -> str:
    if not known.is_session:
        return f"Access key {known.key}"
    name = known.session_name
    role = short(known.principal) if known.principal else ""
    if name:
        return f"Session {name} of {role}" if role else f"Session {name}"
    return f"Session of {role}" if role else f"Session {known.key}"


def _badges(visit: Visit, known: KnownKey) -> tuple[str, ...]:
    if known.listings.listed:
        return ("long-term key", "active" if known.listings.listed.key.is_active else "inactive")
    if known.is_session:
        ends_at = known.ends_at
        life = "end not told" if ends_at is None else "ended" if ends_at <= visit.now else "alive"
        return ("session", life)
    return ("long-term key", "not in any listing that was read") if known.principal else ("no call and no listing",)


def _summary(visit: Visit, known: KnownKey, hops: tuple[Hop, ...], seen: Observability) -> str:
    """Answer in the first sentence: who used it, from where, for what."""
    found = known.found
    if not found.uses:
        return f"No call with it is stored of {visit.span.label}. {seen.sentence}"
    addresses = {use.address for use in found.uses if use.address}
    origin = filters.plural(len(addresses), "address", "addresses") if addresses else "no address that is told"
    return f"{_who(hops)} used it from {origin}: {did(found, seen)}. {seen.sentence}"


def _who(hops: tuple[Hop, ...]) -> str:
    first = hops[0] if hops else None
    if first is None:
        return "Somebody"
    return "Somebody whom no record names" if first.is_gap else first.name


def _chain(visit: Visit, known: KnownKey) -> tuple[tuple[Hop, ...], str]:
    """Return the hops, and what to say where there is nothing to go by."""
    connection, scope = visit.connection, visit.user.scope
    onboarded = frozenset(number for number, _ in visit.accounts)
    if known.newest is not None:
        raw = raw_record(connection, scope, known.newest.key)
        return who_behind(connection, scope, known.newest, identity_of(raw), onboarded).hops, ""
    if known.issued is not None:
        return who_behind_key(connection, scope, known.key, known.issued.event_time, onboarded), ""
    if known.listings.listed:
        user = known.listings.listed.user_arn
        why = (Part("the key is in its listing by IAM"),)
        return (Hop(short(user), "user", why, href=_principal_href(visit, user)),), ""
    if known.asked:
        return who_asked(connection, scope, known.asked, onboarded), ""
    return (), "Neither a call, nor a record that issued it, nor a listing of IAM names this key."


def _without_itself(hop: Hop, key: str) -> Hop:
    """Return the hop without links to the page that it stands on."""
    here = key_href(key)
    parts = tuple(replace(part, href="") if part.href == here else part for part in hop.parts)
    return replace(hop, parts=parts, href="" if hop.href == here else hop.href)


def _principal_href(visit: Visit, principal: str) -> str:
    """Return the page of a principal, "" where it has none in the user's scope."""
    ids = ids_of(visit.connection, visit.scope, [principal])
    return f"/principals/{ids[principal]}" if principal in ids else ""


def _facts(visit: Visit, known: KnownKey) -> Iterator[Fact]:
    yield Fact("Kind", _kind(known))
    if known.principal:
        href = _principal_href(visit, known.principal)
        yield Fact("Role" if known.is_session else "Whose", short(known.principal), href, known.principal)
    if known.account is not None:
        digits = arn.account_text(known.account)
        yield Fact("Account", visit.account_name(known.account), visit.account_page(known.account), digits)
    if known.is_session:
        yield from _life(visit, known)
    else:
        yield from _by_iam(visit, known)
    if known.found.first_at is not None:
        yield Fact("First stored call", "", at=known.found.first_at)
        yield Fact("Last stored call", "", at=max(use.last_at for use in known.found.uses))


def _kind(known: KnownKey) -> str:
    if known.newest:
        return KEY_KINDS[KeyKind(known.newest.key_kind)]
    if known.records:
        return KEY_KINDS[KeyKind.TEMPORARY]
    if known.asked and known.is_session:
        is_of_role = known.asked.caller.kind is ActorKind.ROLE
        return KEY_KINDS[KeyKind.TEMPORARY if is_of_role else KeyKind.TEMPORARY_OF_USER]
    return KEY_KINDS[KeyKind.LONG_TERM] if known.principal else "not known"


def _life(visit: Visit, known: KnownKey) -> Iterator[Fact]:
    if known.issued is None:
        yield Fact("Issued", "no record of it is stored")
        return
    yield Fact("Issued", "", at=known.issued.event_time)
    if known.ends_at is None:
        yield Fact("Ends", "its record does not tell")
        return
    left = "over" if known.ends_at <= visit.now else f"{filters.duration(known.ends_at - visit.now)} left"
    yield Fact("Ends", "", sub=left, at=known.ends_at)


def _by_iam(visit: Visit, known: KnownKey) -> Iterator[Fact]:
    """Yield what IAM's own listing says; not read is not unknown to IAM."""
    listed = known.listings.listed
    if listed is None:
        unread = [f"{visit.account_name(a)} ({words.PART_STATES[s].lower()})" for a, s in known.listings.unread]
        none = "in no listing of keys that was read"
        yield Fact("By IAM", f"not known: the keys of {words.listed(unread)} were not read" if unread else none)
        return
    key = listed.key
    yield Fact("Created", "", sub=f"{filters.age(key.created_at, visit.now)} old", at=key.created_at)
    yield Fact("State", "active" if key.is_active else "inactive")
    if key.last_used_at is None:
        yield Fact("Used, by IAM", "never")
    else:
        where = " in ".join(part for part in (key.last_used_service, key.last_used_region) if part)
        stored = ((use.access_key, use.last_at) for use in known.found.uses)
        if is_unrecorded(key, stored, visit.span.start, visit.now):
            where += "; no stored call tells of that"
        yield Fact("Used, by IAM", "", sub=where, at=key.last_used_at)
    yield Fact("Listed", f"{filters.age(listed.seen_at, visit.now)} ago")


def _findings(visit: Visit, known: KnownKey) -> tuple[tuple[str, str, str], ...]:
    if known.account is None:
        return ()
    about = findings.findings_about(visit.connection, visit.scope, known.account, [known.key])
    return tuple((one.finding.severity.value, one.finding.message, f"/findings/{one.id}") for one in about)


# ---------------------------------------------------------------- the records before and behind it
def _issued(visit: Visit, records: tuple[IssuedSession, ...]) -> tuple[Issued, ...]:
    ids = ids_of(visit.connection, visit.scope, {one.caller.principal for one in records}) if records else {}
    return tuple(_one_issued(visit, one, ids.get(one.caller.principal)) for one in records)


def _one_issued(visit: Visit, one: IssuedSession, caller_id: int | None) -> Issued:
    account = arn.account_text(one.account)
    caller = one.caller.person or short(one.caller.principal)
    facts = (
        Fact("Event ID", one.event_id),
        Fact("Time", "", at=one.event_time),
        Fact("Account", visit.account_name(one.account), visit.account_page(one.account), account),
        Fact("Region", one.region),
        Fact("Asked by", caller, f"/principals/{caller_id}" if caller_id else "", one.caller.principal),
        Fact("With key", one.caller_key or "", key_href(one.caller_key) if one.caller_key else ""),
        Fact("From", one.address or "", address_href(one.address) if one.address else ""),
        Fact("User agent", one.user_agent or ""),
        Fact("Source identity", one.source_identity or ""),
        Fact("MFA device", one.mfa_serial or ""),
        Fact("External ID", "given" if one.external_id_given else ""),
        Fact("Shared event ID", one.shared_event_id or ""),
        Fact("Issued key", "" if one.access_key else "not named: joined by the shared event ID"),
    )
    return Issued(one.action, account, tuple(fact for fact in facts if fact.value or fact.at))


def _no_onward(visit: Visit, known: KnownKey) -> str:
    drawn = "" if known.is_session else " GetSessionToken and GetFederationToken are not kept."
    account = known.account
    where = f" of {visit.account_name(account)}" if account is not None else ""
    return f"No record{where} tells of a role that was assumed with it.{drawn}"
