"""`/search`: everything that has a name, by a part of it; a key, an address or an event id by itself."""

import ipaddress
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from app.core import arn
from app.core.address import written
from app.core.query.cursor import EventReference, reference, referenced
from app.core.query.filter import Problem, parse
from app.core.query.listing import EVENTS
from app.core.rules.catalogue import catalogue
from app.db.engine import at_most
from app.db.errors import TooSlow
from app.db.queries import events, lineage, principal_pages, saved_views, search, stream_pages
from app.db.queries.by_name import NamePage
from app.db.queries.principal_pages import PrincipalRow
from app.db.queries.saved_views import SavedView
from app.db.queries.search import FoundFinding, Named, Outsider, Sessions, TakenSession
from app.db.queries.stream_pages import StreamRow
from app.web import filters, words
from app.web.aliases import alias
from app.web.identity_links import account_href, address_href, key_href
from app.web.names import short
from app.web.viewers import to_timeline
from app.web.visit import LONGEST_TOLD, Visit, first_of, visiting

router = APIRouter()
LIMIT = 20
LONGEST = 2_048
"""Characters that are looked for: no ARN is longer."""
BACK = timedelta(days=90)
_BACK_TEXT = "now-90d"
SESSION_S = 1.0
SOON_S = 0.3
"""So long is looked whether what seems to be the only hit is that."""
MOST_COUNTED = 10_000
"""Calls of a person that a search counts."""
_PART_OF_ADDRESS = re.compile(r"[0-9a-fA-F.:]{3,45}")
_WITH_DASHES = re.compile(r"[0-9]{4}-[0-9]{4}-[0-9]{4}")
_PART_OF_CERTIFICATE = re.compile(r"[0-9a-f]{32,64}")
"""Enough of the ID of a device's certificate to be no other's."""
_KEY = re.compile(r"A(?:KIA|SIA)[A-Z0-9]{12,124}")


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that matches. `is_many`: it stands for several, or for those of one kind among several.

    `names` are what else it is called.
    """

    name: str
    href: str
    detail: str
    names: tuple[str, ...] = ()
    is_many: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """What matches of one kind. `is_cut`: more does, which `href` lists; "": no list can."""

    heading: str
    hits: tuple[Hit, ...]
    is_cut: bool
    href: str


@dataclass(frozen=True, slots=True)
class Beyond:
    """What was not searched whole, and the lists that are: "" where all was.

    Sessions were looked for among the `newest` calls, since then; people not at all, where that took too long.
    """

    newest: str
    since: datetime | None
    people_href: str
    sessions_href: str


@dataclass(frozen=True, slots=True)
class Search:
    """What the page prints. `unread` is what could not be searched, "" when all could.

    `beyond` is None where people and sessions were looked for among all calls of 90 days.
    """

    title: str
    query: str
    groups: tuple[Group, ...]
    views: tuple[SavedView, ...]
    unread: str
    beyond: Beyond | None


@router.get("/search", include_in_schema=False)
def show(request: Request) -> Response:
    """Find by name; what can only be one thing leads there at once."""
    given = first_of(request, "q").replace("\0", "").strip()
    asked = given if len(given) <= LONGEST else ""
    with visiting(request, takes=("q",)) as opened:
        wrong = Problem("q", given[:LONGEST_TOLD], f"is longer than {LONGEST:,} characters")
        visit = opened if asked == given else opened.complaining(wrong)
        only = _only_place(visit, asked)
        # What of the URL could not be used is told here: the other page would not know of it.
        if only and not visit.complaints:
            return RedirectResponse(only, 303)
        people = _people(visit, asked) if asked else ()
        sessions = _sessions(visit, asked) if asked else Sessions((), None)
        found = _groups(visit, asked, people or (), sessions) if asked else ()
        unread = _unread(visit) if asked else ""
        beyond, views = _beyond(asked, people, sessions), _views(visit, asked)
        hits = [hit for group in found for hit in group.hits]
        if len(hits) == 1 and not visit.complaints and not views:
            (hit,) = hits
            is_all = not unread and beyond is None
            if not hit.is_many and (_is_called(hit, asked) or (is_all and not _may_be_taken(visit, asked))):
                return RedirectResponse(hit.href, 303)
        title = f"Search: {asked}" if asked else "Search"
        view = Search(title, asked, found, views, unread, beyond)
        return visit.page("pages/search.html", view)


def _is_called(hit: Hit, asked: str) -> bool:
    """Return whether that is the name of a hit, not a part of it."""
    return asked.casefold() in {name.casefold() for name in (hit.name, *hit.names)}


def _may_be_taken(visit: Visit, asked: str) -> bool:
    """Return whether records of AssumeRole name sessions with that in their name, as far as there is time to look."""
    with suppress(TooSlow), at_most(visit.connection, SOON_S):
        return search.is_in_taken(visit.connection, visit.scope, asked, visit.now - BACK)
    return True


def _people(visit: Visit, asked: str) -> tuple[Named, ...] | None:
    """Return the people of 90 days with that in their name; None: it takes too long to know."""
    with suppress(TooSlow), at_most(visit.connection, SESSION_S):
        return search.people(visit.connection, visit.scope, asked, visit.now - BACK, LIMIT + 1, MOST_COUNTED)
    return None


def _sessions(visit: Visit, asked: str) -> Sessions:
    return search.sessions(visit.connection, visit.scope, asked, visit.now - BACK, LIMIT + 1)


def _beyond(asked: str, people: tuple[Named, ...] | None, sessions: Sessions) -> Beyond | None:
    if people is not None and sessions.since is None:
        return None
    return Beyond(
        newest=filters.number(search.NEWEST_CALLS),
        since=sessions.since,
        people_href="" if people is not None else _calls_like("person", asked),
        sessions_href="" if sessions.since is None else _calls_like("session", asked),
    )


def _unread(visit: Visit) -> str:
    found = search.unread(visit.connection, visit.scope)
    told = (
        (found.tags, f"the tags of {filters.plural(found.tags, 'stream or channel', 'streams and channels')}"),
        (found.streams, f"the streams of {filters.plural(found.streams, 'account')}"),
        (found.principals, f"the roles and users of {filters.plural(found.principals, 'account')}"),
    )
    return words.listed([what for count, what in told if count])


def _views(visit: Visit, asked: str) -> tuple[SavedView, ...]:
    """Return the saved views with that in their name."""
    views = saved_views.saved_views(visit.connection, visit.user.name)
    return tuple(view for view in views if asked.casefold() in view.name.casefold())


def _only_place(visit: Visit, asked: str) -> str:
    """Return the page of what can only be a key, an address, a network or a record; "" of any other text."""
    if _KEY.fullmatch(asked):
        return key_href(asked)
    if _is_network(asked):
        return _calls("address", asked) if "/" in asked else address_href(written(asked))
    wanted = referenced(asked)
    return (_place_of_record(visit, wanted) or _calls("event", asked)) if wanted else ""


def _place_of_record(visit: Visit, wanted: EventReference) -> str:
    """Return where a stored record stands: a call in its list, one of AssumeRole* with its session; "" where nowhere.

    Of a refused one there is no session: it stands with the key that asked.
    """
    back = parse([("from", _BACK_TEXT)], EVENTS, visit.now).filter
    call = events.find_event(visit.connection, visit.user.scope, wanted, back)
    if call is not None:
        return _calls("event", reference(call.key))
    record = None
    # No index knows a bare ID: of many millions it would not be found soon, and the list of calls says so of its own.
    with suppress(TooSlow), at_most(visit.connection, SESSION_S):
        record = lineage.session_of_record(visit.connection, visit.user.scope, wanted)
    if record is None:
        return ""
    if record.access_key:
        return f"{key_href(record.access_key)}#issued"
    return key_href(record.caller_key) if record.caller_key else ""


def _calls(field: str, value: str) -> str:
    """Return the calls with one value of a field, as far back as CloudTrail's event history goes."""
    return f"/events?{urlencode({field: value, 'from': _BACK_TEXT})}"


def _address(value: str) -> str:
    """Return the page of an address, as far back as its calls were counted."""
    return f"{address_href(value)}?{urlencode({'from': _BACK_TEXT})}"


def _calls_like(field: str, text: str) -> str:
    """Return the calls, as far back, with `text` in a field."""
    return to_timeline([(f"{field}~", text), ("from", _BACK_TEXT)])


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return "." in text or ":" in text


def _groups(visit: Visit, asked: str, people: tuple[Named, ...], sessions: Sessions) -> tuple[Group, ...]:
    page = NamePage(LIMIT + 1, asked)
    streams = stream_pages.stream_rows(visit.connection, visit.scope, page)
    principals = principal_pages.principal_rows(visit.connection, visit.scope, page)
    accounts = [
        Hit(name, account_href(number), arn.account_text(number), (arn.account_text(number), _with_dashes(number)))
        for number, name in visit.accounts
        if asked.lower() in name.lower() or _digits(asked) in arn.account_text(number)
    ]
    accounts += _callers_accounts(visit, _digits(asked))
    outsiders = search.outsiders(visit.connection, visit.scope, _digits(asked), LIMIT + 1)
    roles = [*(_principal(visit, row) for row in principals), *map(_outsider, outsiders)]
    rules = [name for name, rule in catalogue().rules.items() if asked.lower() in f"{rule.code} {rule.title}".lower()]
    found = search.findings(visit.connection, visit.scope, _digits(asked), rules, LIMIT + 1)
    addresses = _rolled(visit, "address", asked) if _PART_OF_ADDRESS.fullmatch(asked) else ()
    by_name = urlencode({"name": asked})
    groups = (
        _group("Streams and channels", (_stream(visit, row) for row in streams), f"/streams?{by_name}"),
        _group("Principals", roles, f"/principals?{by_name}"),
        _group("People", map(_person, people), _calls_like("person", asked)),
        _group(
            "Sessions and devices",
            (*_called(asked, sessions), *_taken(visit, asked, sessions)),
            _calls_like("session", asked),
        ),
        _group("Accounts", accounts, "/accounts"),
        _group("Access keys", _named(key_href, _rolled(visit, "key", asked))),
        _group("Addresses", _named(_address, addresses)),
        _group("Findings", (_finding(visit, one) for one in found)),
    )
    return tuple(group for group in groups if group.hits)


def _digits(asked: str) -> str:
    """Return an account's digits as ARNs have them: the console shows 5908-1726-4433."""
    return asked.replace("-", "") if _WITH_DASHES.fullmatch(asked) else asked


def _with_dashes(account: int) -> str:
    digits = arn.account_text(account)
    return f"{digits[:4]}-{digits[4:8]}-{digits[8:]}"


def _callers_accounts(visit: Visit, digits: str) -> list[Hit]:
    """Return the accounts that nobody watches whose principals called in those that are."""
    if not digits.isdecimal():
        return []
    since = (visit.now - BACK).date()
    found = search.callers_accounts(visit.connection, visit.scope, digits, since, LIMIT + 1)
    told = ((arn.account_text(account), filters.plural(calls, "call")) for account, calls in found)
    return [
        Hit(account, _calls_like("principal", f":{account}:"), f"not watched, {calls}", is_many=True)
        for account, calls in told
    ]


def _group(heading: str, hits: Iterable[Hit], href: str = "") -> Group:
    found = tuple(hits)
    return Group(heading, found[:LIMIT], len(found) > LIMIT, href)


def _principal(visit: Visit, row: PrincipalRow) -> Hit:
    return Hit(short(row.name), f"/principals/{row.id}", _where(visit, row.account_id), (row.name, row.arn))


def _outsider(one: Outsider) -> Hit:
    return Hit(short(one.name), f"/principals/{one.id}", f"{arn.account_text(one.account_id)}, not watched")


def _finding(visit: Visit, one: FoundFinding) -> Hit:
    state = words.FINDING_STATES[one.state].lower()
    return Hit(one.message, f"/findings/{one.id}", f"{_where(visit, one.account_id)}, {state}", (one.id,))


def _stream(visit: Visit, row: StreamRow) -> Hit:
    where = _where(visit, row.account_id)
    names = tuple(filter(None, (row.arn, row.camera)))
    return Hit(row.name, f"/streams/{row.id}", f"{alias(row)}, {where}" if alias(row) else where, names)


def _rolled(visit: Visit, kind: str, asked: str) -> tuple[Named, ...]:
    return search.named(visit.connection, visit.scope, kind, asked, (visit.now - BACK).date(), LIMIT + 1)


def _person(one: Named) -> Hit:
    is_more = one.calls >= MOST_COUNTED
    told = f"≥ {filters.number(MOST_COUNTED)} calls" if is_more else filters.plural(one.calls, "call")
    return Hit(one.value, _calls("person", one.value), told)


def _called(asked: str, sessions: Sessions) -> tuple[Hit, ...]:
    """Return sessions; their numbers are of the newest calls alone, their lists hold the older ones too."""
    hits = tuple(map(partial(_of_session, asked), _named(partial(_calls, "session"), sessions.found)))
    if sessions.since is None:
        return hits
    newest = f"of the newest {filters.number(search.NEWEST_CALLS)} calls"
    return tuple(
        replace(hit, detail=f"{filters.number(one.calls)} {newest}")
        for hit, one in zip(hits, sessions.found, strict=True)
    )


def _of_session(asked: str, hit: Hit) -> Hit:
    """Return the calls of a session's name as many, where only a part of it was asked for: others may have it too."""
    if _PART_OF_CERTIFICATE.fullmatch(asked):
        return replace(hit, names=(asked,))
    return replace(hit, is_many=not _is_called(hit, asked))


def _taken(visit: Visit, asked: str, sessions: Sessions) -> Iterator[Hit]:
    """Yield the sessions of that very name that records of AssumeRole tell of, unless their calls were found."""
    if any(one.value == asked for one in sessions.found):
        return
    try:
        with at_most(visit.connection, SESSION_S):
            found = search.taken_sessions(visit.connection, visit.scope, asked, visit.now - BACK, LIMIT + 1)
    except TooSlow:
        many = "more sessions than can be counted while somebody waits"
        yield Hit(asked, _calls("session", asked), many, is_many=True)
        return
    for one in found:
        who = short(one.principal) or "a role that no record names"
        least = "≥ " if one.is_cut else ""
        many = f"{least}{filters.plural(one.count, 'session')} of {who}"
        told = f"{many} that took roles" if one.is_caller else many
        if one.is_refused:
            told = f"{least}{filters.plural(one.count, 'AssumeRole call')} for {who} that failed or were refused"
        is_many = one.is_refused or one.count > 1
        said = f"{told}, the last on {one.last_at:%Y-%m-%d}"
        yield Hit(asked, _place_of_taken(asked, one), said, is_many=is_many)


def _place_of_taken(asked: str, one: TakenSession) -> str:
    """Return the newest session, or the key that was refused one, else the role or user that the records name."""
    if one.key:
        return key_href(one.key)
    is_of_principal = one.principal_id and (one.is_caller or one.is_refused)
    return f"/principals/{one.principal_id}" if is_of_principal else _calls("session", asked)


def _named(href_of: Callable[[str], str], found: tuple[Named, ...]) -> tuple[Hit, ...]:
    return tuple(Hit(one.value, href_of(one.value), filters.plural(one.calls, "call")) for one in found)


def _where(visit: Visit, account: int) -> str:
    return visit.account_name(account)
