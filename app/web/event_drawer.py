"""One event in the drawer of `/events`: what happened in words, who was behind it, its record."""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote, urlencode

from markupsafe import Markup
from msgspec.structs import replace
from sqlalchemy import Connection

from app.core.arn import account_text
from app.core.assumptions._assumption import Rests
from app.core.ledger.catalogue import asked_below
from app.core.ledger.standing import State, states
from app.core.model.event import URL_LIFE_UNTOLD
from app.core.model.footage import FootageKind
from app.core.model.integrity import Verdict
from app.core.model.scope import Scope
from app.core.query.cursor import EventKey, reference
from app.core.query.filter import Filter, url
from app.core.query.moment import iso
from app.core.timeline.outcome import CallOutcome, outcome_of
from app.db.queries import events as queries
from app.db.queries.access_changes import targets_of_event
from app.db.queries.assumptions import shown
from app.db.queries.events import MANY, EventRow
from app.db.queries.integrity import record_integrity
from app.db.queries.raw_records import RawRecord, UnknownDictionary, raw_record
from app.db.queries.related_events import copies, corrections
from app.db.queries.retention import dropped
from app.services.read_touched import Touched, touched_by
from app.web import filters, words
from app.web.assumed import unproven
from app.web.cell_menus import Menus
from app.web.event_pages import pages_of
from app.web.footage import footage_text
from app.web.identity_links import account_href, key_href
from app.web.names import short
from app.web.series import is_warm, series_of
from app.web.viewers import on_stream
from app.web.who_behind import Hop, identity_of, who_behind

MOST_TOUCHED = 10


@dataclass(frozen=True, slots=True)
class Detail:
    """One line of the list of facts, with where it leads (`href`) or the menu that filters by it."""

    name: str
    value: Markup
    href: str = ""
    menu: str = ""


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Calls around this one, and the timeline that shows them."""

    text: str
    href: str


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
    lineage_href: str
    details: tuple[Detail, ...]
    around: tuple[Neighbours, ...]
    record: Record | None
    record_missing: str
    close: str


def drawer(
    connection: Connection,
    scope: Scope,
    event: EventRow,
    query: Filter,
    onboarded: frozenset[int],
    menus: Menus,
    coverage: str,
) -> Drawer:
    """Return the drawer of one event within the list that `query` shows.

    `onboarded` are the accounts that are read, `coverage` says what of such calls could be observed around this one.
    """
    raw, missing = _raw(connection, scope, event)
    asked = asked_below(tuple(Rests), {event.action})
    standing = states(asked, shown(connection, scope, asked))
    who = who_behind(connection, scope, event, identity_of(raw), onboarded)
    return Drawer(
        title=f"{event.action} on {event.stream}" if event.stream else event.action,
        at=filters.full_time(event.key.event_time, query.zone),
        series=series_of(event.action),
        outcome=outcome_of(event.error_code),
        error_code=event.error_code or "",
        is_own=event.is_own,
        sentence=_sentence(event),
        hops=who.hops,
        lineage_href=key_href(event.access_key) if event.access_key else "",
        details=(
            *_details(event, _footage(connection, scope, event, standing), menus, pages_of(event, scope)),
            *_assumed(event, standing, who.rests),
            _integrity(connection, scope, event),
            *([Detail("Coverage", filters.bdi(coverage), _coverage_href(event))] if coverage else []),
            *_same_call(connection, scope, event),
            *_touched(connection, scope, event),
        ),
        around=_around(connection, scope, event),
        record=_shown(event, raw) if raw is not None else None,
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
        life = filters.duration(timedelta(seconds=event.url_expires_s)) if event.url_expires_s else _UNTOLD
        return f"A playback URL for {life} was issued to {who}; who opened it is not logged."
    return f"{what}. AWS answered; the size is not logged." if is_warm(event.action) else f"{what}. AWS answered."


def _who(event: EventRow) -> str:
    if event.person:
        return event.person
    if event.session_name and event.principal:
        return f"Session {event.session_name} of {short(event.principal)}"
    return short(event.principal) if event.principal else "An unknown caller"


_UNTOLD = "an unknown time, 12 h at most,"
_LONG_CALLS = "long_calls_are_stamped_at_their_end"


def _footage(connection: Connection, scope: Scope, event: EventRow, standing: Mapping[str, State]) -> str | None:
    asked, outcome = event.footage, outcome_of(event.error_code)
    if asked and outcome is CallOutcome.OK and asked.kind is FootageKind.EARLIEST:
        asked = replace(asked, start=queries.earliest_stored(connection, scope, event.key))
    # It is about long calls alone: of others it is not asked.
    return footage_text(asked, standing.get(_LONG_CALLS), outcome) if asked else None


def _assumed(event: EventRow, standing: Mapping[str, State], of_who: tuple[Rests, ...]) -> Iterator[Detail]:
    """Yield what the drawer says that rests on something which no record of AWS has confirmed."""
    rests = [
        *of_who,
        *([Rests.STREAM] if event.stream else []),
        *([Rests.FOOTAGE] if event.footage else []),
        *([Rests.URL, Rests.VIEWERS] if event.url_expires_s is not None else []),
        *([Rests.KEY] if event.access_key else []),
        *([Rests.REFUSED] if outcome_of(event.error_code) is CallOutcome.DENIED else []),
        *([Rests.SERVICE] if event.invoked_by else []),
        Rests.ONCE,
    ]
    for one in unproven(standing, rests):
        yield Detail("Assumed", filters.bdi(one.text), one.href)


def _details(event: EventRow, footage: str | None, menus: Menus, pages: Mapping[str, str]) -> tuple[Detail, ...]:
    account = account_text(event.key.account)
    found = [
        _asked(menus, "Account", "account", account, event.account_name, account_href(event.key.account)),
        _asked(menus, "Region", "region", event.region),
        _asked(menus, "Stream", "stream", event.stream_arn or event.stream, event.stream, pages["stream"]),
        _asked(menus, "Principal", "principal", event.principal_arn, page=pages["principal"]),
        _asked(menus, "Session", "session", event.session_name),
        _asked(menus, "Person", "person", event.person),
        _asked(menus, "Address", "address", event.address, page=pages["address"]),
        _detail("VPC endpoint", event.vpc_endpoint_id),
        _detail("Called by", event.invoked_by),
        _asked(menus, "User agent", "user_agent", event.user_agent),
        _asked(menus, "Key", "key", event.access_key, page=pages["key"]),
        _detail("Footage asked for", footage),
        _detail("Playback URL", _url_life(event)),
        _asked(menus, "Event ID", "event_id", str(event.key.event_id)),
        _detail("Request ID", event.request_id),
        _asked(menus, "Shared event ID", "shared_event_id", event.shared_event_id),
        _asked(menus, "Late, says AWS", "addendum", None if event.addendum_of else event.addendum_reason),
    ]
    return tuple(detail for detail in found if detail is not None)


def _url_life(event: EventRow) -> str | None:
    if event.url_expires_s is None:
        return None
    issued_at = event.key.event_time
    if event.url_expires_s == URL_LIFE_UNTOLD:
        return f"issued {_time(issued_at)}, for 5 min unless more was asked for: its record has no parameters"
    return f"issued {_time(issued_at)}, valid until {_time(issued_at + timedelta(seconds=event.url_expires_s))}"


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%SZ}"


def _integrity(connection: Connection, scope: Scope, event: EventRow) -> Detail:
    """Return whether the record is as CloudTrail delivered it, and what decides that."""
    found = record_integrity(connection, scope, event.key)
    if found.judged.verdict is not Verdict.VERIFIED or found.digest is None or found.starts_at is None:
        return Detail("Integrity", filters.bdi(str(found.judged)))
    hour = f"{found.starts_at:%Y-%m-%d %H:%MZ} to {found.ends_at:%H:%MZ}"
    name = found.digest.rpartition("/")[2]
    return Detail("Integrity", filters.bdi(f"verified: in a log file that the digest of {hour} vouches for, {name}"))


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
        yield Detail("Touches", filters.bdi(f"{short(one.arn)}, {_may(one)}"), f"/principals/{one.id}")
    if len(found) > MOST_TOUCHED:
        yield Detail("Touches", filters.bdi(f"{len(found) - MOST_TOUCHED:,} more"))


def _may(one: Touched) -> str:
    may = one.may
    if may is None:
        return "what it may watch now is not known"
    watched = filters.plural(may.granted, "stream or channel", "streams and channels") if may.granted else "nothing"
    return f"may watch {watched} now{words.unknown(may.unknown, ())}{words.unlisted(one.unlisted_regions)}"


def _detail(name: str, value: str | None) -> Detail | None:
    return Detail(name, filters.bdi(value)) if value else None


def _asked(
    menus: Menus, name: str, field: str, value: str | None, label: str | None = None, page: str = ""
) -> Detail | None:
    """Return a fact that the list can be filtered by; `page` is that of the thing itself."""
    if not value:
        return None
    return Detail(name, filters.bdi(label or value), menu=menus.of(field, value, label or value, page))


def _coverage_href(event: EventRow) -> str:
    return f"/coverage?account={account_text(event.key.account)}&{_window(event, timedelta(hours=1))}"


def _around(connection: Connection, scope: Scope, event: EventRow) -> tuple[Neighbours, ...]:
    counts = queries.around(connection, scope, event)
    own = "own=no&own=yes"
    account = f"account={account_text(event.key.account)}&{own}"
    near, far = _window(event, timedelta(hours=1)), _window(event, timedelta(hours=12))
    found = []
    if counts.same_session is not None:
        session = f"session={quote(event.session_name or '')}&principal={quote(event.principal_arn or '', safe=':/')}"
        href = f"/events?{account}&{session}&{far}"
        found.append(Neighbours(f"{_many(counts.same_session)} of this session, 12 hours before and after", href))
    if counts.same_key is not None:
        href = f"/events?{own}&key={quote(event.access_key or '')}&{far}"
        text = f"{_many(counts.same_key)} with this key in any account, 12 hours before and after"
        found.append(Neighbours(text, href))
    if counts.same_address is not None:
        href = f"/events?{own}&address={quote(event.address or '')}&{near}"
        text = f"{_many(counts.same_address)} from this address in any account, one hour before and after"
        found.append(Neighbours(text, href))
    if counts.same_stream is not None:
        on = urlencode(on_stream(event.stream_arn, event.stream or "", event.region), safe=":/")
        href = f"/events?{account}&{on}&{near}"
        found.append(Neighbours(f"{_many(counts.same_stream)} on this stream, one hour before and after", href))
    return tuple(found)


def _many(count: int) -> str:
    return f"{count:,} or more other calls" if count >= MANY else filters.plural(count, "other call")


def _window(event: EventRow, reach: timedelta) -> str:
    at = event.key.event_time
    return f"from={iso(at - reach)}&to={iso(at + reach + timedelta(seconds=1))}"


def _raw(connection: Connection, scope: Scope, event: EventRow) -> tuple[RawRecord | None, str]:
    try:
        raw = raw_record(connection, scope, event.key)
    except UnknownDictionary as error:
        return None, f"The raw record cannot be read: {error}."
    if raw is None:
        gone = dropped(connection, "event_raw")
        if gone is not None and event.key.event_time < gone.before:
            return None, f"{gone.told('Raw records')}. The call itself is kept longer."
        return None, "No raw record is stored for this call."
    return raw, ""


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
    return filters.visible(text)
