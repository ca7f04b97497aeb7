"""`/events`: API calls over time, those that read media above the waterline; their list; one in a drawer."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.responses import Response

from app.core.arn import account_text
from app.core.assumptions._assumption import Rests
from app.core.coverage.observe import class_of
from app.core.kvs.actions import ACTIONS
from app.core.query.cursor import EventKey, reference, referenced
from app.core.query.filter import Filter, Problem, Verb, first_page, parse, url, with_values
from app.core.query.listing import EVENTS
from app.core.query.moment import zone_text
from app.core.retention import told_of_calls
from app.core.timeline.outcome import CallOutcome, outcome_of
from app.db.queries import events as queries
from app.db.queries import rollups
from app.db.queries.event_filter import places_of_streams
from app.db.queries.events import EventPage, EventRow
from app.db.queries.raw_records import raw_record
from app.db.queries.retention import counted_days, dropped
from app.web import filters, render, words
from app.web.assumed import Resting, resting
from app.web.calls_chart import Chart
from app.web.cell_menus import Menu, Menus
from app.web.chips import Chip, called, chips, wrong_place
from app.web.columns import Chooser, chooser, heads
from app.web.copies import Copy, copies
from app.web.counted import Counted, counted, exactly
from app.web.counted import problems as count_problems
from app.web.event_beside import Beside, beside
from app.web.event_drawer import Drawer, drawer
from app.web.event_pages import pages_of
from app.web.facets import ALL, FACETS, Facet, facet, facets
from app.web.facets import problems as facet_problems
from app.web.filter_form import Box, box, carried
from app.web.horizon import Observability, narrowed, of_calls
from app.web.identity_links import key_href
from app.web.names import short
from app.web.navigation import Nav
from app.web.no_calls import Empty, no_calls
from app.web.own_views import OwnViews, own_views
from app.web.series import series_of
from app.web.span import Span
from app.web.span import parse as parse_span
from app.web.stacked import stack
from app.web.unseen_accounts import unseen_accounts
from app.web.unsure import Unsure, unsure
from app.web.visit import LONGEST_TOLD, Visit, first_of, ranged, visiting

router = APIRouter()
NAV = Nav("API calls", "/events", "chart-column", 120)
PATH = "/events"
FRAGMENTS = frozenset({"facet"})
OWN_SHOWN = 10_000
_RESTS = (
    Rests.STREAM, Rests.KEPT, Rests.COVERAGE, Rests.REFUSED, Rests.FOOTAGE, Rests.URL, Rests.KEY, Rests.DEVICE,
    Rests.PERSON, Rests.APP_USER, Rests.SERVICE, Rests.ONCE,
)  # fmt: skip
NEAR = timedelta(hours=1)
_FIELDS = {"footage": "footage_kind"}
"""The field that asks for what a column shows, where it has another name: that of footage is an interval."""
_FACET_FIELDS = frozenset(name for name, _, _ in FACETS)
_BOXES = (
    ("action", "Call"),
    ("principal", "Principal"),
    ("stream", "Stream"),
    ("address", "Address or network"),
    ("person", "Person"),
    ("session", "Session"),
    ("key", "Key"),
    ("user_agent~", "User agent contains"),
    ("footage", "Footage asked for, FROM..TO"),
)


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a column that was chosen: it opens the drawer (`href`), the menu of its value, both, or neither.

    `is_none`: there is no value, and the menu asks for that.
    """

    text: Markup | str
    href: str = ""
    menu: str = ""
    is_none: bool = False
    label: str = ""
    """What the menu is of, where `text` is none that can be read out."""


@dataclass(frozen=True, slots=True)
class Row:
    """One call as the list prints it; `day` heads the first of its day. Values name the menu that they open.

    `cells` are the columns that were chosen; none: the usual ones.
    """

    day: str
    at: Markup
    at_menu: str
    series: str
    action: str
    action_menu: str
    href: str
    outcome: str
    outcome_menu: str
    is_refused: bool
    notes: tuple[str, ...]
    who: str
    who_menu: str
    who_sub: str
    who_sub_menu: str
    key_href: str
    stream: str
    stream_menu: str
    address: str
    address_menu: str
    is_selected: bool
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Events:
    """What the page prints. htmx asks for the facets that are not counted: they may take longer than the rest."""

    title: str
    status: str
    counted: Counted
    csv: str
    jsonl: str
    records: str
    copies: tuple[Copy, ...]
    own_views: OwnViews
    chips: tuple[Chip, ...]
    own: str
    own_href: str
    boxes: tuple[Box, ...]
    hidden: tuple[tuple[str, str], ...]
    chart: Chart | None
    chart_href: str
    coverage_href: str
    never_read: str
    facets: tuple[Facet, ...]
    facet: Facet | None
    facet_hidden: tuple[tuple[str, str], ...]
    facets_href: str
    columns: Chooser
    heads: tuple[str, ...]
    zone: str
    menus: tuple[Menu, ...]
    rows: tuple[Row, ...]
    order_href: str
    is_newest_first: bool
    newer: str
    older: str
    first: str
    limit: int
    part: str
    not_kept: str
    never: str
    unsure: Unsure | None
    empty: Empty | None
    drawer: Drawer | None
    beside: Beside | None
    assumed: Resting | None


@router.get(PATH, include_in_schema=False)
def events(request: Request) -> Response:
    """Show calls over time."""
    with visiting(request, takes=None) as visit:
        asked = ranged(visit, parse(request.query_params.multi_items(), EVENTS, visit.now))
        query = asked.filter
        if render.wanted_fragment(request, FRAGMENTS):
            return visit.page("pages/events.html", {"facet": facet(visit, PATH, query)}, fragments=FRAGMENTS)
        over = _over(visit, query)
        view = _view(over, query, asked.problems)
        return over.page("pages/events.html", view, has_zones=True, horizon=_of_nobody(over, query))


@router.get("/events/record", include_in_schema=False)
def record(request: Request, event: str = "") -> Response:
    """Give one raw record, byte for byte as the log file had it."""
    with visiting(request, takes=("event",)) as visit:
        wanted = referenced(event)
        if visit.complaints:
            raise HTTPException(400, "; ".join(visit.complaints))
        if wanted is None or wanted.key is None:
            raise HTTPException(400, f"event={event[:LONGEST_TOLD]} is no event of a list.")
        raw = raw_record(visit.connection, visit.user.scope, wanted.key)
        gone = dropped(visit.connection, "event_raw")
    if raw is None:
        is_gone = gone is not None and wanted.key.event_time < gone.before
        raise HTTPException(404, f"{gone.told('Raw records')}." if gone is not None and is_gone else None)
    name = f'attachment; filename="{wanted.event_id}.json"'
    return Response(raw.content, media_type="application/octet-stream", headers={"Content-Disposition": name})


def _over(visit: Visit, query: Filter) -> Visit:
    """Return the visit over the range of the list, which begins by itself where video may first have been asked for."""
    span = parse_span(query.since.text, visit.span.to_text, visit.now, zone=query.zone)
    return visit if span is None or first_of(visit.request, "from") else replace(visit, span=span)


def _of_nobody(visit: Visit, query: Filter) -> Observability | None:
    """Return that nothing could be observed of accounts that nobody watches (files were imported); None: others."""
    named = query.values("account")
    watched = {text for account, name in visit.accounts for text in (account_text(account), name)}
    if not named or not watched.isdisjoint(named):
        return None
    return replace(visit.observability(), strips=(), moments=())


def _view(visit: Visit, query: Filter, problems: tuple[Problem, ...]) -> Events:
    stacked, slow = stack(visit, query)
    found = counted(visit, PATH, query, stacked.total)
    problems += (*slow, *wrong_place(query, queries.is_cursor), *facet_problems(query), *count_problems(query))
    page = queries.event_page(visit.connection, visit.scope, query, total=stacked.total)
    boxes = _boxes(query)
    menus = Menus(PATH, query)
    selected, detail, missing = _selected(visit, query, menus)
    on_page = reference(selected) if selected else ""
    rows = tuple(_rows(visit, page, query, on_page, menus))
    own = _own(visit, query)
    gone = dropped(visit.connection, "event")
    places = places_of_streams(visit.connection, visit.scope, query)
    seen = of_calls(visit.connection, visit.scope, visit.observability(), query, places)
    return Events(
        title="API calls",
        status=_status(query, found, page, is_none=stacked.total == 0, is_whole=seen.is_whole),
        counted=found,
        csv=url("/events.csv", first_page(query)),
        jsonl=url("/events.jsonl", first_page(query)),
        records=url("/records.jsonl", replace(first_page(query), columns=())),
        copies=copies(visit, PATH, query),
        own_views=own_views(visit, PATH, query),
        chips=chips(PATH, query, problems + missing, _names(visit)),
        own=own,
        own_href=url(PATH, with_values(query, "own", Verb.IS, ["no", "yes"])) if own else "",
        boxes=boxes,
        hidden=carried(query, [each.name for each in boxes]),
        chart=stacked.chart(seen, PATH),
        chart_href=exactly(PATH, query),
        coverage_href=visit.coverage_href(),
        never_read=seen.never_read(seen.blind),
        facets=facets(visit, PATH, query),
        facet=None,
        facet_hidden=carried(query, _FACET_FIELDS),
        facets_href=url(PATH, query, facets=ALL),
        columns=chooser(PATH, query),
        heads=heads(query),
        zone=zone_text(query.zone),
        menus=menus.made,
        rows=rows,
        order_href=url(PATH, replace(first_page(query), sort="time" if query.sort == "-time" else "-time")),
        is_newest_first=query.sort == "-time",
        **_pager(query, page),
        first=url(PATH, first_page(query)) if query.cursor else "",
        limit=query.limit,
        part=_part(found, page),
        not_kept=told_of_calls(gone, counted_days(visit.connection, visit.scope))
        if gone is not None and query.since.at < gone.before
        else "",
        never=unseen_accounts(visit, query, seen),
        unsure=unsure(visit, PATH, query),
        empty=None if page.rows else no_calls(visit, PATH, query, gone, seen),
        drawer=detail,
        beside=beside(visit, PATH, query, page, selected) if selected else None,
        assumed=resting(visit, *_RESTS, calls=query.values("action") or None),
    )


def _status(query: Filter, found: Counted, page: EventPage, *, is_none: bool, is_whole: bool) -> str:
    """Return how many calls there are. Of listed ones none may count: corrected, or read again of counted days."""
    if is_none and page.rows:
        return "none of these is counted"
    if is_none and not is_whole:
        return "none seen"
    return f"{found.calls}, {'newest first' if query.sort == '-time' else 'oldest first'}"


def _part(found: Counted, page: EventPage) -> str:
    """Return which of its rows a page that is printed has: none leads on from paper. Empty where it has all."""
    if page.before is None and page.after is None:
        return ""
    rows, of = len(page.rows), f" of {found.rows}" if found.rows else ""
    which = f"Rows 1 to {rows}{of}" if page.before is None else f"{rows}{of} rows, from further on in the list"
    return f"{which}; the CSV has all."


def _names(visit: Visit) -> dict[str, str]:
    return {account_text(number): name for number, name in visit.accounts}


def _pager(query: Filter, page: EventPage) -> dict[str, str]:
    """Return the addresses of newer and older calls, whichever way the list runs."""
    bare = first_page(query)
    back = url(PATH, replace(bare, cursor=page.before, is_back=True)) if page.before else ""
    on = url(PATH, replace(bare, cursor=page.after)) if page.after else ""
    return {"newer": back, "older": on} if query.sort == "-time" else {"newer": on, "older": back}


def _boxes(query: Filter) -> tuple[Box, ...]:
    return (
        *(box(query, name, label) for name, label in _BOXES),
        box(query, "outcome", "Outcome", ("ok", "denied", "error")),
        Box("from", f"From, {zone_text(query.zone)}", query.since.text),
        Box("to", f"To, {zone_text(query.zone)}", query.until.text),
    )


# ---------------------------------------------------------------- rows
def _selected(visit: Visit, query: Filter, menus: Menus) -> tuple[EventKey | None, Drawer | None, tuple[Problem, ...]]:
    """Return the event that the drawer shows: (its key, the drawer, what was wrong with the question)."""
    text = query.kept("event")
    if not text:
        return None, None, ()
    wanted = referenced(text)
    if wanted is None:
        return None, None, (Problem("event", text[:80], "is not an event id"),)
    # The drawer shows the event also when the filter around it does not.
    found = queries.find_event(visit.connection, visit.user.scope, wanted, query)
    if found is None:
        return None, None, (Problem("event", str(wanted.event_id), "is not stored, or lies outside of the time range"),)
    return found.key, _drawer(visit, found, query, menus), ()


def _drawer(visit: Visit, event: EventRow, query: Filter, menus: Menus) -> Drawer:
    onboarded = frozenset(number for number, _ in visit.accounts)
    return drawer(visit.connection, visit.user.scope, event, query, onboarded, menus, _coverage(visit, event))


def _coverage(visit: Visit, event: EventRow) -> str:
    """Return what of such calls could be observed around one: counts of its neighbours mean no more than that."""
    action, at = ACTIONS.get(event.action), event.key.event_time
    if action is None or at - NEAR >= visit.now:
        return ""
    kind = class_of(action)
    seen = visit.observed_over(Span(at - NEAR, at + NEAR, ""))
    here = narrowed(seen, event.key.account, event.region, frozenset({kind}))
    around = "an hour before and after" if at + NEAR <= visit.now else "from an hour before until now"
    return f"{words.CLASSES[kind]} in {event.region}, {around}: {here.sentence}"


def _rows(visit: Visit, page: EventPage, query: Filter, selected: str, menus: Menus) -> Iterator[Row]:
    # The event stands anywhere in the query: other kept parameters may follow it.
    before, event_is, after = url(PATH, query, event="-").partition("event=")
    texts = queries.shown_texts(visit.connection, visit.scope, query, page.rows)
    day = ""
    for place, event in enumerate(page.rows):
        own_day = filters.day(event.key.event_time, query.zone)
        named = reference(event.key)
        href = f"{before}{event_is}{named}{after[1:]}"
        pages = pages_of(event, visit.user.scope)
        cells = _cells(query, event, texts[place], href, menus, pages) if texts else ()
        at = filters.clock_time(event.key.event_time, query.zone)
        yield _row(
            query,
            event,
            menus,
            pages,
            href,
            at,
            own_day if own_day != day else "",
            cells,
            is_selected=named == selected,
        )
        day = own_day


def _row(
    query: Filter,
    event: EventRow,
    menus: Menus,
    pages: Mapping[str, str],
    href: str,
    at: Markup,
    day: str,
    cells: tuple[Cell, ...],
    *,
    is_selected: bool,
) -> Row:
    outcome = outcome_of(event.error_code)
    who, field, value = _who(event)
    code, stream, address, session = event.error_code, event.stream or "", event.address, event.session_name or ""
    key_page = key_href(event.access_key) if event.access_key else ""
    is_person = field == "person"
    return Row(
        day=day,
        at=at,
        at_menu="" if cells else _time_menu(menus, query, event),
        series=series_of(event.action),
        action=event.action,
        action_menu="" if cells else menus.of("action", event.action, event.action),
        href=href,
        outcome=outcome if outcome is CallOutcome.DENIED else code or "",
        outcome_menu=menus.of("outcome", code, code) if code and not cells else "",
        is_refused=outcome is CallOutcome.DENIED,
        notes=notes_of(event),
        who=who,
        who_menu=menus.of(field, value, who, pages.get(field, "")) if value and not cells else "",
        who_sub=short(event.principal or "") if is_person else session,
        who_sub_menu="" if cells or is_person or not session else menus.of("session", session, session, key_page),
        key_href=key_page,
        stream=stream,
        stream_menu="" if cells else _menu(menus, "stream", event.stream_arn or stream, stream, pages),
        address=address or "",
        address_menu="" if cells else _menu(menus, "address", address or "", address or "", pages),
        is_selected=is_selected,
        cells=cells,
    )


def _cells(
    query: Filter, event: EventRow, texts: dict[str, str | None], href: str, menus: Menus, pages: Mapping[str, str]
) -> tuple[Cell, ...]:
    """Return the cells of the chosen columns; the call, or the first of them, opens the drawer."""
    opens = "action" if "action" in query.columns else query.columns[0]
    return tuple(
        _cell(query, event, name, texts[name] or "", href if name == opens else "", menus, pages)
        for name in query.columns
    )


def _cell(
    query: Filter, event: EventRow, name: str, text: str, href: str, menus: Menus, pages: Mapping[str, str]
) -> Cell:
    if name == "time":
        at = event.key.event_time
        said = filters.clock_time(at, query.zone)
        return Cell(said, href, _time_menu(menus, query, event), label=_time_label(at, query))
    menu = _menu(menus, _FIELDS.get(name, name), text, text, pages)
    if not text:
        return Cell("none" if menu else "", href, menu, is_none=True)
    return Cell(called(text, {}), href, menu)


def _time_menu(menus: Menus, query: Filter, event: EventRow) -> str:
    at = event.key.event_time
    return menus.of_time(at, _time_label(at, query))


def _time_label(at: datetime, query: Filter) -> str:
    return f"{at.astimezone(query.zone):%Y-%m-%d %H:%M:%S}{filters.zone_mark(query.zone)}"


def _menu(menus: Menus, field: str, value: str, label: str, pages: Mapping[str, str]) -> str:
    """Return the menu of a cell, which may have no value."""
    if not value:
        return menus.of_none(field)
    return menus.of(field, value, label, pages.get(field, ""))


def notes_of(event: EventRow) -> tuple[str, ...]:
    """Return what a row says of its record: whose it is, and whether another one tells of the same call."""
    said = {
        "own": event.is_own,
        "superseded": event.superseded_by is not None,
        "correction": event.addendum_of is not None,
        "late": event.addendum_reason is not None and event.addendum_of is None,
        "in several accounts": event.shared_event_id is not None,
    }
    return tuple(note for note, is_so in said.items() if is_so)


def _who(event: EventRow) -> tuple[str, str, str]:
    """Return whom the row names: (name, field, value)."""
    if event.person:
        return event.person, "person", event.person
    return short(event.principal or ""), "principal", event.principal_arn or ""


def _own(visit: Visit, query: Filter) -> str:
    """Return how many of our own calls are folded away, or nothing when none is."""
    if query.values("own") != ("no",):
        return ""
    count = rollups.own_calls(visit.connection, visit.scope, query, OWN_SHOWN)
    if count >= OWN_SHOWN:
        return f"{OWN_SHOWN:,} or more"
    return filters.number(count) if count else ""
