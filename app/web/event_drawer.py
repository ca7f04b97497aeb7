"""One event in the drawer of `/events`: what happened in words, who was behind it, its record."""

import json
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import quote

from markupsafe import Markup
from sqlalchemy import Connection

from app.core.arn import account_id, account_text
from app.core.assumptions._assumption import Rests
from app.core.ledger.standing import Standing, State, standings
from app.core.lineage.chain import Chain, chain
from app.core.lineage.chain import Hop as ChainHop
from app.core.model.event import ActorKind, KeyKind
from app.core.model.footage import FootageKind
from app.core.model.scope import Scope
from app.core.query.cursor import EventKey, reference
from app.core.query.filter import Filter, url
from app.core.query.moment import iso
from app.core.timeline.outcome import CallOutcome, outcome_of
from app.db.queries import events as queries
from app.db.queries.access_changes import targets_of_event
from app.db.queries.assumptions import sightings
from app.db.queries.events import MANY, EventRow, RawRecord, UnknownDictionary
from app.db.queries.lineage import sessions_behind
from app.db.queries.related_events import copies, corrections
from app.db.queries.retention import dropped
from app.services.read_touched import touched_by
from app.web import filters, words
from app.web.assumed import unproven
from app.web.footage import footage_text
from app.web.names import short
from app.web.series import is_warm, series_of

MOST_TOUCHED = 10
KEY_KINDS = {
    KeyKind.LONG_TERM: "long-term key",
    KeyKind.TEMPORARY: "temporary key of a session",
    KeyKind.TEMPORARY_OF_USER: "temporary key of a user (GetSessionToken)",
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
class Detail:
    """One line of the list of facts; `href` filters the timeline by it."""

    name: str
    value: Markup
    href: str = ""


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Calls around this one, and the timeline that shows them."""

    text: str
    href: str


@dataclass(frozen=True, slots=True)
class Hop:
    """One link of the chain from the person to the call; a gap says why it is one."""

    name: str
    badge: str
    sub: str
    is_gap: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    """The raw record: pretty lines to read, the exact text to copy (None: not UTF-8), and where it lay."""

    size: str
    pretty: Markup
    exact: Markup | None
    href: str
    origin: str


@dataclass(frozen=True, slots=True)
class Drawer:
    """What the drawer prints."""

    title: str
    at: Markup
    series: str
    outcome: CallOutcome
    error_code: str
    is_own: bool
    sentence: str
    hops: tuple[Hop, ...]
    details: tuple[Detail, ...]
    around: tuple[Neighbours, ...]
    record: Record | None
    record_missing: str
    close: str


def drawer(connection: Connection, scope: Scope, event: EventRow, query: Filter, onboarded: frozenset[int]) -> Drawer:
    """Return the drawer of one event within the list that `query` shows; `onboarded` are the accounts that are read."""
    record, missing = _record(connection, scope, event)
    standing = standings(sightings(connection, scope))
    return Drawer(
        title=f"{event.action} on {event.stream}" if event.stream else event.action,
        at=filters.full_time(event.key.event_time),
        series=series_of(event.action),
        outcome=outcome_of(event.error_code),
        error_code=event.error_code or "",
        is_own=event.is_own,
        sentence=_sentence(event),
        hops=_hops(connection, scope, event, onboarded),
        details=(
            *_details(event, _footage(connection, scope, event, standing)),
            *_assumed(event, standing),
            *_same_call(connection, scope, event),
            *_touched(connection, scope, event),
        ),
        around=_around(connection, scope, event),
        record=record,
        record_missing=missing,
        close=url("/events", query, event=None),
    )


def _sentence(event: EventRow) -> str:
    """Return what happened and where knowledge ends."""
    who = _who(event)
    what = f"{who} called {event.action}" + (f" on {event.stream}" if event.stream else "")
    asked = event.footage
    if asked and asked.kind is FootageKind.INTERVAL and asked.start and asked.end and asked.start < asked.end:
        length = filters.duration(asked.end - asked.start)
        what = f"{who} asked for {length} of footage recorded from {_time(asked.start)}"
    elif event.api_name:
        what += f", the endpoint for {event.api_name}"
    outcome = outcome_of(event.error_code)
    if outcome is CallOutcome.DENIED:
        return f"{what}. AWS refused it: {event.error_code}."
    if outcome is CallOutcome.ERROR:
        return f"{what}. It failed: {event.error_code}."
    if series_of(event.action) == "url":
        life = filters.duration(timedelta(seconds=event.url_expires_s)) if event.url_expires_s else "an unknown time"
        return f"A playback URL for {life} was issued to {who}; who opened it is not logged."
    return f"{what}. AWS answered; the size is not logged." if is_warm(event.action) else f"{what}. AWS answered."


def _who(event: EventRow) -> str:
    if event.person:
        return event.person
    if event.session_name and event.principal:
        return f"Session {event.session_name} of {short(event.principal)}"
    return short(event.principal) if event.principal else "An unknown caller"


def _hops(connection: Connection, scope: Scope, event: EventRow, onboarded: frozenset[int]) -> tuple[Hop, ...]:
    """Return the chain from the person, workload or device to the principal of the call, breaks shown as such."""
    if event.key_kind == KeyKind.TEMPORARY and event.access_key:
        at = event.key.event_time
        found = chain(event.access_key, sessions_behind(connection, scope, event.access_key, at), at, onboarded)
        if found.hops:
            return (_origin(found), *(_session(hop) for hop in reversed(found.hops)))
        return (*_told(event, found.why), _principal(event))
    return (*_told(event, ""), _principal(event))


def _origin(found: Chain) -> Hop:
    actor = found.origin
    name = (actor.person or short(actor.principal) if actor else "") or "Unknown person or workload"
    kind = ACTOR_KINDS[actor.kind] if actor else "unknown"
    if found.is_complete:
        return Hop(name, kind, found.why)
    return Hop(name, "not observable", found.why, is_gap=True)


def _session(hop: ChainHop) -> Hop:
    session = hop.session
    # The record may be the caller's copy: the role's own account is in its ARN.
    parts = (
        account_text(account_id(session.role_arn) or session.account),
        f"session {session.session_name}" if session.session_name else "",
        f"{session.action} {session.event_time:%m-%d %H:%M:%SZ}",
        f"key {hop.key}",
    )
    return Hop(short(session.role_arn), "role", " · ".join(part for part in parts if part))


def _told(event: EventRow, why: str) -> tuple[Hop, ...]:
    """Return whom the record itself names, or that it names nobody."""
    if event.person:
        return (Hop(event.person, "person", "named by the session"),)
    if event.actor_kind != ActorKind.ROLE:
        return ()
    reason = why or "this record names the session, not who began it"
    return (Hop("Unknown person or workload", "not observable", reason, is_gap=True),)


def _principal(event: EventRow) -> Hop:
    kind = ACTOR_KINDS.get(ActorKind(event.actor_kind), event.actor_kind)
    session = f"session {event.session_name}" if event.session_name else ""
    key = KEY_KINDS.get(KeyKind(event.key_kind), event.key_kind)
    sub = " · ".join(part for part in (session, key, event.access_key or "") if part)
    return Hop(short(event.principal or "unknown"), kind, sub)


_LONG_CALLS = "long_calls_are_stamped_at_their_end"


def _footage(connection: Connection, scope: Scope, event: EventRow, standing: tuple[Standing, ...]) -> str | None:
    asked = event.footage
    if asked and asked.kind is FootageKind.EARLIEST:
        asked = replace(asked, start=queries.earliest_stored(connection, scope, event.key))
    return footage_text(asked, _stamped_at_end(event.action, standing)) if asked else None


def _stamped_at_end(action: str, standing: tuple[Standing, ...]) -> State | None:
    """Return how it stands that a call of this name is stamped at its end; None of calls that are short."""
    of_call = next((one.of(action) for one in standing if one.name == _LONG_CALLS), None)
    return None if of_call is None else of_call.state


def _assumed(event: EventRow, standing: tuple[Standing, ...]) -> Iterator[Detail]:
    """Yield what the drawer says that rests on something which no record of AWS has confirmed."""
    rests = [
        *([Rests.STREAM] if event.stream else []),
        *([Rests.FOOTAGE] if event.footage else []),
        *([Rests.URL, Rests.VIEWERS] if event.url_expires_s is not None else []),
    ]
    for one in unproven(standing, event.action, rests):
        yield Detail("Assumed", filters.bdi(one.text), one.href)


def _details(event: EventRow, footage: str | None) -> tuple[Detail, ...]:
    found = [
        _detail(
            "Account", event.account_name or account_text(event.key.account), "account", account_text(event.key.account)
        ),
        _detail("Region", event.region, "region"),
        _detail("Stream", event.stream, "stream", event.stream_arn),
        _detail("Principal", event.principal_arn, "principal"),
        _detail("Session", event.session_name, "session"),
        _detail("Person", event.person, "person"),
        _detail("Address", event.address, "address"),
        _detail("VPC endpoint", event.vpc_endpoint_id),
        _detail("Called by", event.invoked_by),
        _detail("User agent", event.user_agent, "user_agent"),
        _detail("Key", event.access_key, "key"),
        _detail("Footage", footage),
        _detail("Playback URL", _url_life(event)),
        _detail("Event ID", str(event.key.event_id)),
        _detail("Request ID", event.request_id),
        _detail("Shared event ID", event.shared_event_id),
        _detail("Late, says AWS", None if event.addendum_of else event.addendum_reason),
    ]
    return tuple(detail for detail in found if detail is not None)


def _url_life(event: EventRow) -> str | None:
    if event.url_expires_s is None:
        return None
    issued_at = event.key.event_time
    return f"issued {_time(issued_at)}, valid until {_time(issued_at + timedelta(seconds=event.url_expires_s))}"


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%SZ}"


def _same_call(connection: Connection, scope: Scope, event: EventRow) -> Iterator[Detail]:
    """Yield the other records of the same call: corrections both ways, and the copies that other accounts got."""
    found = corrections(connection, scope, event.key)
    if event.superseded_by is not None:
        yield Detail("Superseded", Markup("kept, and not counted"))
    if found and found.first is not None and found.first != event.key:
        yield _record_link("Corrects", found.first)
    elif event.addendum_of:
        yield Detail("Corrects", filters.bdi(f"{event.addendum_of}, which is not stored"))
    for key in found.later if found else ():
        if key != event.key:
            yield _record_link("Corrected by" if event.superseded_by == key.event_id else "Also corrects it", key)
    for key in copies(connection, scope, event):
        yield _record_link("Same call in", key, account_text(key.account))


def _record_link(name: str, key: EventKey, text: str = "") -> Detail:
    return Detail(name, filters.bdi(text or str(key.event_id)), f"/events?event={reference(key)}&own=no&own=yes")


def _touched(connection: Connection, scope: Scope, event: EventRow) -> Iterator[Detail]:
    """Yield what a change of permissions is about, and whom it touches as they stand now."""
    targets = targets_of_event(connection, scope, event.key)
    if targets:
        yield Detail("Changes", filters.bdi(", ".join(targets)))
    found = touched_by(connection, scope, event.key.account, targets)
    for one in found[:MOST_TOUCHED]:
        may, unknown = one.may.granted, words.unknown(one.may.unknown, ())
        watched = filters.plural(may, "stream or channel", "streams and channels") if may else "nothing"
        text = f"{short(one.arn)}, may watch {watched} now{unknown}"
        yield Detail("Touches", filters.bdi(text), f"/principals/{one.id}")
    if len(found) > MOST_TOUCHED:
        yield Detail("Touches", filters.bdi(f"{len(found) - MOST_TOUCHED:,} more"))


def _detail(name: str, value: str | None, field: str = "", asked: str | None = None) -> Detail | None:
    if not value:
        return None
    return Detail(name, filters.bdi(value), f"/events?{field}={quote(asked or value, safe=':/')}" if field else "")


def _around(connection: Connection, scope: Scope, event: EventRow) -> tuple[Neighbours, ...]:
    counts = queries.around(connection, scope, event)
    account = f"account={account_text(event.key.account)}&own=no&own=yes"
    near, far = _window(event, timedelta(hours=1)), _window(event, timedelta(hours=12))
    found = []
    if counts.same_key is not None:
        href = f"/events?{account}&key={quote(event.access_key or '')}&{far}"
        found.append(Neighbours(f"{_many(counts.same_key)} with this key, 12 hours before and after", href))
    if counts.same_address is not None:
        href = f"/events?{account}&address={quote(event.address or '')}&{near}"
        found.append(Neighbours(f"{_many(counts.same_address)} from this address, one hour before and after", href))
    if counts.same_stream is not None:
        href = f"/events?{account}&stream={quote(event.stream_arn or event.stream or '', safe=':/')}&{near}"
        found.append(Neighbours(f"{_many(counts.same_stream)} on this stream, one hour before and after", href))
    return tuple(found)


def _many(count: int) -> str:
    return f"{count:,} or more other calls" if count >= MANY else filters.plural(count, "other call")


def _window(event: EventRow, reach: timedelta) -> str:
    at = event.key.event_time
    return f"from={iso(at - reach)}&to={iso(at + reach + timedelta(seconds=1))}"


def _record(connection: Connection, scope: Scope, event: EventRow) -> tuple[Record | None, str]:
    try:
        raw = queries.raw_record(connection, scope, event.key)
    except UnknownDictionary as error:
        return None, f"The raw record cannot be read: {error}."
    if raw is None:
        gone = dropped(connection, "event_raw")
        if gone is not None and event.key.event_time < gone.before:
            return None, f"{gone.told('Raw records')}. The call itself is kept longer."
        return None, "No raw record is stored for this call."
    return _shown(event, raw), ""


def _shown(event: EventRow, raw: RawRecord) -> Record:
    text = raw.content.decode("utf-8", "replace")
    is_exact = text.encode() == raw.content
    return Record(
        size=f"{len(raw.content):,} bytes, as delivered",
        pretty=filters.lines(pretty(text), label="Record"),
        exact=exact_text(text) if is_exact else None,
        href=f"/events/record?event={reference(event.key)}",
        origin=raw.origin or "",
    )


def exact_text(text: str) -> Markup:
    """Return text for a <pre> whose textContent is it to the byte: a parser drops a first newline and every CR."""
    escaped = str(filters.bdi(text)).removeprefix("<bdi>").removesuffix("</bdi>").replace("\r", "&#13;")
    return Markup("\n" + escaped)  # noqa: S704 - escaped above


def pretty(text: str) -> str:
    """Return a record indented, its invisible and direction-turning characters written as escapes."""
    with suppress(ValueError, RecursionError):  # a record that is no JSON is shown as it is
        text = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    return "".join(_visible(character) for character in text)


def _visible(character: str) -> str:
    if character in "\n\t" or (unicodedata.category(character)[0] != "C" and character not in "\u2028\u2029\x85"):
        return character
    return json.dumps(character)[1:-1]
