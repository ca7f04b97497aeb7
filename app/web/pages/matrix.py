"""`/matrix`: who may do what, whether they did, and whether anybody could have seen it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial, reduce
from itertools import groupby
from operator import or_
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from markupsafe import Markup, escape
from starlette.responses import Response

from app.core.arn import account_id, account_text
from app.core.digits import ID_DIGITS, number
from app.core.kvs.actions import ACTIONS
from app.core.matrix.cells import BIT, Cell
from app.core.matrix.then import Thens
from app.core.query.filter import (
    AT,
    Filter,
    Problem,
    Verb,
    first_page,
    parse,
    query_string,
    range_pairs,
    url,
    with_values,
)
from app.core.query.listing import MATRIX
from app.db.queries.matrix import AccountState, account_states, states_then
from app.db.queries.matrix_streams import MatrixStreams, matrix_streams, matrix_streams_then
from app.db.queries.principal_pages import ids_of
from app.db.queries.unjudged import unlisted_regions
from app.services.look_back import TooMuch, look_back_on
from app.services.read_matrix import GRANTED, Matrix, Row, left_out_alike, matrix_of, unsure
from app.web import filters, words
from app.web.as_of import AsOfView, as_of_view
from app.web.assumed import Resting, resting
from app.web.chips import Chip, chips
from app.web.download import refusal
from app.web.filter_form import Box, box, carried
from app.web.matrix_cells import (
    HEADINGS,
    KEYS,
    NO_DIFFERENCE,
    PATH,
    RESTS,
    Key,
    View,
    cell_td,
    notes_of,
    unjudged_note,
    views,
    without_view,
)
from app.web.matrix_drawer import Drawer, drawer, named_as
from app.web.matrix_rows import LEFT, Left, Lines, at_least, granted_to, rows_json
from app.web.matrix_streams import Held, Phrases
from app.web.matrix_turned import TurnedPage, turned, turned_page
from app.web.matrix_uses import used_phrases
from app.web.names import short
from app.web.navigation import Nav
from app.web.own_views import OwnViews, own_views
from app.web.series import is_warm
from app.web.visit import Visit, ranged, unused, visiting

router = APIRouter()
NAV = Nav("Access matrix", "/matrix", "grid-3x3", 130)
ROWS_PATH = f"{PATH}/rows.json"
ROWS = 25
"""Rows in the page itself, more than a window shows; the script shows the others as they scroll into view."""
ALIKE_FROM = 3
KINDS = next(field.choices for field in MATRIX.fields if field.name == "kind")
SECTIONS = ("People, by SSO", "Devices", "Roles", "Users", "Service-linked roles", "Root users", "Others")
_OF_KIND = {"sso": 0, "role": 2, "user": 3, "service_linked": 4, "root": 5, "other": 6}


@dataclass(frozen=True, slots=True)
class Column:
    """One action."""

    name: str
    href: str
    kind: str
    granted: str


@dataclass(frozen=True, slots=True)
class Heading:
    """A group of columns."""

    name: str
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One row as it is printed; `section` heads the first of its section."""

    ident: str
    section: str
    name: str
    sub: str
    href: str
    cells: Markup
    total: str
    is_selected: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """An account to narrow to, where all of them would take too long."""

    name: str
    href: str


@dataclass(frozen=True, slots=True)
class MatrixPage:
    """What the page prints. `rows` is where the script gets all rows, "" when the page has them.

    `selected` is the row and the action whose drawer is open: "17 GetMedia".
    """

    title: str
    subtitle: str
    own_views: OwnViews
    csv: str
    reasons_csv: str
    count: str
    views: tuple[View, ...]
    chips: tuple[Chip, ...]
    hidden: tuple[tuple[str, str], ...]
    boxes: tuple[Box, ...]
    kinds: tuple[str, ...]
    kind: str
    group_href: str
    is_grouped: bool
    turn_href: str
    headings: tuple[Heading, ...]
    width: int
    lines: tuple[Line, ...]
    keys: tuple[Key, ...]
    here: str
    selected: str
    notes: tuple[str, ...]
    empty: str
    empty_link: tuple[str, ...]
    rows: str
    earlier: str
    later: str
    place: str
    drawer: Drawer | None
    assumed: Resting | None
    as_of: AsOfView
    choices: tuple[Choice, ...]
    is_turned: bool = False


@router.get(PATH, include_in_schema=False)
def matrix(request: Request) -> Response:
    """Show who may do what."""
    with visiting(request, MATRIX.default_from, takes=None, has_at=True) as visit:
        asked = ranged(visit, parse(request.query_params.multi_items(), MATRIX, visit.now))
        # The visit says itself what is wrong with the time.
        problems = tuple(each for each in asked.problems if each.parameter != AT) + tuple(unused(visit, MATRIX))
        ident, wrong = turned(visit, asked.filter)
        view: MatrixPage | TurnedPage = (
            turned_page(visit, asked.filter, ident, problems) if ident else _view(visit, asked.filter, problems + wrong)
        )
        return visit.page("pages/matrix.html", view)


@router.get(ROWS_PATH, include_in_schema=False)
def rows(request: Request) -> Response:
    """Return all rows for the page's script: those that the page read, or read anew where it stood for long."""
    with visiting(request, MATRIX.default_from, takes=None, has_at=True) as visit:
        left: Left = request.app.state.left
        made = left.take(visit.scope, request.query_params.get(LEFT, ""))
        if made is None:
            pairs = [pair for pair in request.query_params.multi_items() if pair[0] != LEFT]
            asked = parse(pairs, MATRIX, visit.now)
            of_page = (Problem(name, text[:20], "is of the page alone") for name, text in asked.filter.extras)
            problems = (*visit.complaints, *asked.problems, *unused(visit, MATRIX), *of_page)
            if problems:
                return refusal(problems)
            made = _rest(_read(visit, asked.filter))
    return Response(made(), media_type="application/json")


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read for a question: rows in their lines, or the accounts to choose from where it is too much."""

    query: Filter
    thens: Thens | None
    choices: tuple[int, ...]
    found: Matrix
    lines: Lines
    held: Held

    @property
    def with_account(self) -> bool:
        """Whether rows are of several accounts."""
        return len({row.principal.account for row in self.found.rows}) > 1


def _read(visit: Visit, query: Filter) -> _Read:
    thens, choices = _looked_back(visit, query)
    found = (
        Matrix((), ())
        if choices
        else matrix_of(visit.connection, visit.scope, query, thens, visit.observability().strips)
    )
    lines = _grouped(found.rows) if query.group == "equal" else _alone(found.rows)
    return _Read(query, thens, choices, found, lines, Held(_streams(visit, query, thens), found.columns))


def _rest(read: _Read) -> Callable[[], bytes]:
    """Return what makes all rows for the script."""
    section = partial(_section_name, with_account=read.with_account)
    return partial(
        rows_json, read.lines, read.found, read.held, section, partial(_sub, is_past=read.query.at is not None)
    )


def _view(visit: Visit, query: Filter, problems: tuple[Problem, ...]) -> MatrixPage:
    read = _read(visit, query)
    found, lines, choices = read.found, read.lines, read.choices
    is_grouped = query.group == "equal"
    opened, wrong = drawer(visit, query)
    page, wrong_page = _page(query, len(lines))
    names = {account_text(number): name for number, name in visit.accounts}
    states = _states(visit, read.thens)
    first = first_page(query)
    selected = (opened.principal, opened.cell.action if opened.cell else "") if opened else ("", "")
    shown = lines[page * ROWS : (page + 1) * ROWS]
    printed = tuple(_lines(shown, read, selected))
    return MatrixPage(
        title="Who may do what",
        subtitle=_subtitle(found, query),
        own_views=own_views(visit, PATH, query),
        csv=url("/matrix.csv", with_values(first, "view", Verb.IS, ["principals"])),
        reasons_csv=_reasons_csv(query),
        count=filters.number(len(found.rows)),
        views=views(query),
        chips=chips(PATH, without_view(query), problems + wrong + wrong_page, names),
        hidden=carried(query, [*dict(_BOXES), "kind"]),
        boxes=tuple(box(query, name, label) for name, label in _BOXES),
        kinds=KINDS,
        kind=next(iter(query.values("kind")), ""),
        group_href=url(PATH, replace(first, group="none" if is_grouped else "equal")),
        is_grouped=is_grouped,
        turn_href=_turn_href(first, found.rows),
        headings=_headings(found, query, states, selected[1]),
        width=len(found.columns),
        lines=printed,
        keys=KEYS,
        here=url(PATH, replace(first, extras=())),
        selected=" ".join(map(str, selected)) if opened else "",
        notes=(
            *notes_of(states, is_past=query.at is not None),
            *unjudged_note([visit.account_name(account) for account in found.unjudged], is_past=query.at is not None),
            *_unlisted(visit, read),
            *_unnamed(visit, read.thens),
        ),
        empty="" if lines else _TOO_MUCH if choices else _empty(states, found, query),
        empty_link=() if lines or choices else _empty_link(states),
        rows=_rows_href(visit, first, _rest(read)) if len(lines) > ROWS else "",
        earlier=url(PATH, query, page=str(page)) if page else "",
        later=url(PATH, query, page=str(page + 2)) if (page + 1) * ROWS < len(lines) else "",
        place=f"rows {page * ROWS + 1:,} to {page * ROWS + len(printed):,} of {len(lines):,}",
        drawer=opened,
        assumed=resting(visit, *RESTS, calls=query.values("action") or None),
        as_of=as_of_view(visit, {account: then.as_of for account, then in (read.thens or {}).items()}),
        choices=tuple(_choice(visit, first, account) for account in choices),
    )


def _rows_href(visit: Visit, first: Filter, make: Callable[[], bytes]) -> str:
    """Leave the rows for the page's script, and return where it gets them."""
    left: Left = visit.request.app.state.left
    return f"{ROWS_PATH}?{LEFT}={left.leave(visit.scope, make)}&{query_string(replace(first, extras=()))}"


def _turn_href(query: Filter, rows: tuple[Row, ...]) -> str:
    """Return where the one principal that is shown is told stream by stream; "" where there are more."""
    if len(rows) != 1 or query.at is not None:
        return ""
    alone = with_values(query, "principal", Verb.IS, [rows[0].principal.arn])
    return url(PATH, with_values(alone, "view", Verb.IS, ["streams"]))


def _choice(visit: Visit, query: Filter, account: int) -> Choice:
    narrowed = with_values(query, "account", Verb.IS, [account_text(account)])
    return Choice(visit.account_name(account), url(PATH, narrowed))


def _looked_back(visit: Visit, query: Filter) -> tuple[Thens | None, tuple[int, ...]]:
    """Return the accounts as of the time asked for, or those to choose from where that would take too long."""
    try:
        return look_back_on(visit.connection, visit.scope, query), ()
    except TooMuch as error:
        return {}, error.accounts


def _streams(visit: Visit, query: Filter, thens: Thens | None) -> MatrixStreams:
    if thens is None:
        return matrix_streams(visit.connection, visit.scope, query)
    return matrix_streams_then(visit.connection, visit.scope, query, thens)


def _states(visit: Visit, thens: Thens | None) -> tuple[AccountState, ...]:
    return account_states(visit.connection, visit.scope) if thens is None else states_then(thens)


def _subtitle(found: Matrix, query: Filter) -> str:
    principals, actions = len(found.rows), len(found.columns)
    times = "\N{MULTIPLICATION SIGN}"
    alike = left_out_alike(found.columns, query)
    # Of many rows there is none: the view looks as if it did nothing.
    same = "" if alike is None else f"; {filters.plural(alike, 'action')} left out, the same in every row"
    blind = f"; of {filters.number(found.blind)} more use was not observable" if found.rows and found.blind else ""
    return f"{filters.plural(principals, 'principal')} {times} {filters.plural(actions, 'action')}{same}{blind}"


def _reasons_csv(query: Filter) -> str:
    """Return the file of all grants, or of the one account that the filter names; it knows no other filter."""
    accounts = query.values("account")
    asked = [("account", accounts[0])] if len(accounts) == 1 else []
    asked += [(AT, query.at.text)] if query.at else []
    return f"/grants.csv?{urlencode(asked)}" if asked else "/grants.csv"


def _page(query: Filter, rows: int) -> tuple[int, tuple[Problem, ...]]:
    """Return the page of rows, counted from 0, and what was wrong with the question."""
    text = query.kept("page") or "1"
    last = max(0, rows - 1) // ROWS
    page = number(text, ID_DIGITS)
    if page is not None and 1 <= page <= last + 1:
        return page - 1, ()
    return 0, (Problem("page", text[:20], f"is not one of the {last + 1} pages"),)


# ---------------------------------------------------------------- filter
_BOXES = (
    ("principal~", "Principal contains"),
    ("stream", "Stream"),
    ("tag", "Tag of streams"),
    ("action~", "Action contains"),
)


# ---------------------------------------------------------------- columns and rows
def _headings(found: Matrix, query: Filter, states: Sequence[AccountState], selected: str) -> tuple[Heading, ...]:
    every, width = "".join(row.cells for row in found.rows), len(found.columns)
    letters = [every[place::width] for place in range(width)]
    sums = [sum(map(column.count, GRANTED)) for column in letters]
    # Who did nothing has no row in an account that nobody has evaluated, or on what nobody could judge.
    asked = _asked_about(query, states)
    unread = sum(state.evaluated_at is None for state in states if state.account in asked)
    unjudged = reduce(or_, (bits for account, bits in found.unjudged.items() if account in asked), 0)
    unknown = [
        unread + bool(unjudged & BIT[name]) + column.count(Cell.UNKNOWN)
        for name, column in zip(found.columns, letters, strict=True)
    ]
    for row in found.rows:
        for place in unsure(row, found.columns):
            sums[place] -= 1
            unknown[place] += 1
    tail = f"&{urlencode(range_pairs(query), safe=':')}"
    columns = (_column(name, at_least(*each), tail) for name, *each in zip(found.columns, sums, unknown, strict=True))
    return tuple(
        Heading(name, tuple(_bordered(group, selected)))
        for name, group in groupby(columns, key=lambda column: HEADINGS[ACTIONS[column.name].group])
    )


def _asked_about(query: Filter, states: Sequence[AccountState]) -> frozenset[int]:
    """Return the accounts that may have a row: of principals that are named by ARN those that they live in."""
    every = frozenset(state.account for state in states)
    named = frozenset(account_id(arn) for arn in query.values("principal"))
    # Who is of none that is watched acts in others, and who is named by a name alone may be of each.
    return frozenset(account for account in named if account is not None) if named and named <= every else every


def _column(name: str, granted: str, tail: str) -> Column:
    return Column(name, f"/events?action={name}{tail}", "w" if is_warm(name) else "", granted)


def _bordered(columns: Iterable[Column], selected: str) -> Iterator[Column]:
    for place, column in enumerate(columns):
        kinds = (column.kind, "" if place else "g1", "on" if column.name == selected else "")
        yield replace(column, kind=" ".join(filter(None, kinds)))


def _section(row: Row) -> int:
    kind = row.principal.kind
    return 1 if kind == "role" and Cell.PER_DEVICE in row.cells else _OF_KIND[kind]


def _order(row: Row) -> tuple[str, int, int, str]:
    one = row.principal
    return one.account_name or "", one.account, _section(row), one.name.lower()


def _alone(rows: Iterable[Row]) -> list[tuple[Row, ...]]:
    return [(row,) for row in rows]


def _grouped(rows: tuple[Row, ...]) -> list[tuple[Row, ...]]:
    """Return the rows of each line: those that are alike stand in one, for a fleet is a line, not a page."""
    alike: dict[tuple[int, int, bool, str], list[Row]] = {}
    for row in rows:
        one = row.principal
        alike.setdefault((one.account, _section(row), one.is_removed, row.cells), []).append(row)
    found: list[tuple[Row, ...]] = []
    for group in alike.values():
        found += [tuple(group)] if len(group) >= ALIKE_FROM else _alone(group)
    return sorted(found, key=lambda group: _order(group[0]))


def _lines(groups: Iterable[tuple[Row, ...]], read: _Read, selected: tuple[str, str]) -> Iterator[Line]:
    found, query, held, with_account = read.found, read.query, read.held, read.with_account
    kinds = _kinds(found)
    place = found.columns.index(selected[1]) if selected[1] in found.columns else -1
    section = ""
    head = url(PATH, query, cell="-").removesuffix("-")
    for group in groups:
        row = group[0]
        own = _section_name(row, with_account=with_account)
        ident = named_as(row.principal)
        is_selected = ident == selected[0]
        yield Line(
            ident=ident,
            section=own if own != section else "",
            name=short(row.principal.name),
            sub=_sub(group, is_past=query.at is not None),
            href=f"{head}{ident}",
            cells=_cells(row.cells, found.columns, kinds, _phrases(group, found, held), place if is_selected else -1),
            total=granted_to(row, found.columns),
            is_selected=is_selected,
        )
        section = own


def _phrases(group: tuple[Row, ...], found: Matrix, held: Held) -> Phrases:
    shared = held.phrases(group)
    own = used_phrases(group, found.columns, shared)
    return tuple(own.get(place, phrase) for place, phrase in enumerate(shared))


def _section_name(row: Row, *, with_account: bool) -> str:
    name = SECTIONS[_section(row)]
    account = row.principal.account_name or account_text(row.principal.account)
    return f"{account} · {name}" if with_account else name


def _sub(group: tuple[Row, ...], *, is_past: bool) -> str:
    if len(group) > 1:
        return f"and {len(group) - 1:,} alike"
    gone = "not there then" if is_past else "removed"
    return gone if group[0].principal.is_removed else ""


def _kinds(found: Matrix) -> list[str]:
    """Return the classes of each column's cells: warm, and a border where a group begins."""
    names = [HEADINGS[ACTIONS[name].group] for name in found.columns]
    return [
        " ".join(filter(None, ("w" if is_warm(action) else "", "g1" if not place or names[place - 1] != name else "")))
        for place, (action, name) in enumerate(zip(found.columns, names, strict=True))
    ]


def _cells(cells: str, columns: tuple[str, ...], kinds: list[str], phrases: Phrases, selected: int) -> Markup:
    """Return the cells of a row, written by hand: a row has 46."""
    said = (str(escape(phrase)) if phrase else "" for phrase in phrases)
    printed = [cell_td(*each) for each in zip(kinds, cells, columns, said, strict=True)]
    if selected >= 0:
        printed[selected] = printed[selected].replace("<td", '<td aria-selected="true"')
    return Markup("".join(printed))  # noqa: S704 - letters, names and classes of ours, phrases escaped above


# ---------------------------------------------------------------- what is not there
def _unlisted(visit: Visit, read: _Read) -> Iterator[str]:
    """Yield in which Regions nothing was ever listed; of a time in the past the readings around it tell."""
    if read.thens is None:
        regions = unlisted_regions(visit.connection, visit.scope)
        partly = {account: own for account, own in regions.items() if account not in read.found.unjudged}
        yield from words.unlisted_notes(partly, visit.account_name)


def _unnamed(visit: Visit, thens: Thens | None) -> Iterator[str]:
    """Say who was granted something and has no row, for none of the lists has named it yet: the root user, at first."""
    arns = {arn for then in (thens or {}).values() for arn in then.by_principal}
    missing = len(arns - ids_of(visit.connection, visit.scope, arns).keys())
    if missing:
        who = filters.plural(missing, "principal")
        yield f"{who} of that time cannot be shown until the account is evaluated: the file of grants has them."


_TOO_MUCH = "All accounts together would take too long as of a time in the past. Choose one:"


def _empty(states: tuple[AccountState, ...], found: Matrix, query: Filter) -> str:
    if not any(state.evaluated_at for state in states):
        if query.at is not None:
            return "IAM of no account had been read then, so nobody can say who might do what."
        return "The matrix appears as soon as IAM and the streams of an account were read."
    who = filters.plural(found.blind, "principal")
    blind = f"Of {who} the use of what they may do was not observable: nobody knows what of it was unused."
    if "differences" in query.values("show"):
        return f"{NO_DIFFERENCE} {blind}" if found.blind else NO_DIFFERENCE
    if found.blind:
        return blind
    # Of others nobody knows.
    return "No principal was seen to." if found.unjudged else "No principal matches this filter."


def _empty_link(states: tuple[AccountState, ...]) -> tuple[str, str]:
    """Return where to go from there, and its name."""
    if not any(state.evaluated_at for state in states):
        return "/accounts", "See the accounts"
    return PATH, "Drop all filters"
