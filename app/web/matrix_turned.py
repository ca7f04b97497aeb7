"""The matrix turned: the actions of one principal on each of its streams, those streams together that are alike."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby

from markupsafe import Markup, escape
from starlette.exceptions import HTTPException

from app.core.arn import account_text
from app.core.digits import ID_DIGITS, number
from app.core.kvs.actions import ACTIONS
from app.core.matrix.cells import UNUSED, Cell
from app.core.model.stream import ResourceKind
from app.core.query.filter import Filter, Problem, Verb, first_page, url, with_values
from app.db.queries.matrix import AccountState, account_states
from app.db.queries.matrix_cell import acting_account, matrix_principal
from app.db.queries.unjudged import unlisted_regions
from app.services.read_matrix import GRANTED
from app.services.read_principal_streams import (
    OnStream,
    PrincipalStreams,
    asked_principal,
    is_turned,
    read_principal_streams,
)
from app.web import filters, words
from app.web.assumed import Resting, resting
from app.web.chips import Chip, chips
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
from app.web.matrix_drawer import Drawer, drawer
from app.web.matrix_rows import at_least
from app.web.matrix_uses import keys_text, use_text
from app.web.names import short
from app.web.own_views import OwnViews, own_views
from app.web.series import is_warm
from app.web.visit import Visit

COLUMNS = 100
"""Streams, or groups of them, in one page."""
_BOXES = (
    ("stream", "Stream"),
    ("stream~", "Stream contains"),
    ("tag", "Tag of streams"),
    ("action~", "Action contains"),
)
_SECTIONS = {ResourceKind.STREAM: "Streams", ResourceKind.CHANNEL: "Channels", None: "No stream"}


@dataclass(frozen=True, slots=True)
class Column:
    """One stream, or several that are alike; `more` says how many, `href` leads to the first."""

    name: str
    more: str
    href: str
    border: str
    granted: str


@dataclass(frozen=True, slots=True)
class Heading:
    """A kind of columns."""

    name: str
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One action; `section` heads the first of its group. `total`: on how many streams and channels it is granted."""

    section: str
    action: str
    href: str
    cells: Markup
    total: str
    is_warm: bool
    is_selected: bool


@dataclass(frozen=True, slots=True)
class TurnedPage:
    """What the page prints."""

    title: str
    name: str
    subtitle: str
    principal_href: str
    turn_href: str
    own_views: OwnViews
    csv: str
    reasons_csv: str
    views: tuple[View, ...]
    chips: tuple[Chip, ...]
    hidden: tuple[tuple[str, str], ...]
    boxes: tuple[Box, ...]
    group_href: str
    is_grouped: bool
    headings: tuple[Heading, ...]
    width: int
    whole: str
    lines: tuple[Line, ...]
    keys: tuple[Key, ...]
    left_out: str
    notes: tuple[str, ...]
    empty: str
    earlier: str
    later: str
    place: str
    drawer: Drawer | None
    assumed: Resting | None
    is_turned: bool = True


def turned(visit: Visit, query: Filter) -> tuple[int, tuple[Problem, ...]]:
    """Return the principal whose streams `view=streams` asks for, 0 when it does not, and what was wrong with it."""
    if not is_turned(query):
        return 0, ()
    asked = asked_principal(visit.connection, visit.scope, query)
    return (0, (asked,)) if isinstance(asked, Problem) else (asked[0], ())


def turned_page(visit: Visit, query: Filter, ident: int, problems: tuple[Problem, ...]) -> TurnedPage:
    """Return the page of what one principal may do on each stream."""
    known = matrix_principal(visit.connection, visit.user.scope, ident)
    if known is None:
        raise HTTPException(404, f"There is no principal {ident} here.")
    own, _, name = known
    account = acting_account(visit.connection, visit.user.scope, query, ident, own)
    strips = visit.observability(account).strips
    found = read_principal_streams(visit.connection, visit.user.scope, query, account, ident, strips)
    is_grouped = query.group == "equal"
    groups = list(_alike(found.streams) if is_grouped else ((one,) for one in found.streams))
    page, wrong_page = _page(query, len(groups))
    shown = groups[page * COLUMNS : (page + 1) * COLUMNS]
    opened, wrong = drawer(visit, query)
    states = tuple(each for each in account_states(visit.connection, visit.user.scope) if each.account == account)
    names = {account_text(each): label for each, label in visit.accounts}
    first = first_page(query)
    return TurnedPage(
        title=f"What {short(name)} may do, stream by stream",
        name=short(name),
        subtitle=_subtitle(found),
        principal_href=f"/principals/{ident}",
        turn_href=url(PATH, with_values(first, "view", Verb.IS, ["principals"])),
        own_views=own_views(visit, PATH, query),
        csv=url("/matrix.csv", first),
        reasons_csv=f"/grants.csv?account={account_text(account)}",
        views=views(query),
        chips=chips(PATH, without_view(query), problems + wrong + wrong_page, names),
        hidden=carried(query, dict(_BOXES)),
        boxes=tuple(box(query, field, label) for field, label in _BOXES),
        group_href=url(PATH, replace(first, group="none" if is_grouped else "equal")),
        is_grouped=is_grouped,
        headings=tuple(_headings(found, shown)),
        width=len(shown),
        whole=filters.number(_size(found.streams)),
        lines=tuple(_lines(found, shown, query, ident, opened)) if shown else (),
        keys=KEYS,
        left_out=_left_out(found),
        notes=(*notes_of(states), *_unlisted(visit, account, found)),
        empty=_empty(states, found, query),
        earlier=url(PATH, query, page=str(page)) if page else "",
        later=url(PATH, query, page=str(page + 2)) if (page + 1) * COLUMNS < len(groups) else "",
        place=f"columns {page * COLUMNS + 1:,} to {page * COLUMNS + len(shown):,} of {len(groups):,}",
        drawer=opened,
        assumed=resting(visit, *RESTS, calls=query.values("action") or None),
    )


def _subtitle(found: PrincipalStreams) -> str:
    kinds = Counter(one.stream.kind for one in found.streams if one.stream is not None)
    told = [filters.plural(kinds[kind], kind.value) for kind in ResourceKind if kinds[kind]]
    times = "\N{MULTIPLICATION SIGN}"
    return f"{filters.plural(len(found.actions), 'action')} {times} {' and '.join(told) or 'no stream'}"


def _left_out(found: PrincipalStreams) -> str:
    if not found.left_out:
        return ""
    what = filters.plural(found.left_out, "stream or channel", "streams and channels")
    return f"{what} of its account are not shown: this view has nothing to say of them."


def _unlisted(visit: Visit, account: int, found: PrincipalStreams) -> Iterable[str]:
    if found.is_unjudged:
        return unjudged_note([visit.account_name(account)])
    own = visit.user.scope.narrowed(frozenset({account}))
    return words.unlisted_notes(unlisted_regions(visit.connection, own), visit.account_name)


def _empty(states: tuple[AccountState, ...], found: PrincipalStreams, query: Filter) -> str:
    if not states:
        return "Its account is not watched: what it is granted elsewhere is not known, and no call of it was seen."
    if not any(state.evaluated_at for state in states):
        return "Its streams appear as soon as IAM and the streams of its account were read."
    if "differences" in query.values("show"):
        return NO_DIFFERENCE
    if "unused" in query.values("show"):
        untold = "What is granted to it here is not known, so nobody can tell what of it was unused."
        none = f"Nothing here is granted and {UNUSED}. Of what was observed for less nobody can tell."
        return untold if found.is_unjudged else none
    if found.is_unjudged:
        return "No call of it on these streams was seen."
    return "Nothing of KVS that this view shows is granted to it on these streams, and no call of it on them was seen."


def _page(query: Filter, columns: int) -> tuple[int, tuple[Problem, ...]]:
    text, last = query.kept("page") or "1", max(0, columns - 1) // COLUMNS
    page = number(text, ID_DIGITS)
    if page is not None and 1 <= page <= last + 1:
        return page - 1, ()
    return 0, (Problem("page", text[:20], f"is not one of the {last + 1} pages"),)


# ---------------------------------------------------------------- columns
_Group = tuple[OnStream, ...]


def _alike(streams: Iterable[OnStream]) -> Iterator[_Group]:
    """Yield streams together that are of one kind and have the same cells, where the first of them stands."""
    found: dict[tuple[ResourceKind | None, str], list[OnStream]] = {}
    for one in streams:
        found.setdefault((_kind(one), one.cells), []).append(one)
    return (tuple(group) for group in found.values())


def _kind(one: OnStream) -> ResourceKind | None:
    return one.stream.kind if one.stream else None


def _size(streams: Iterable[OnStream]) -> int:
    return sum(one.stream is not None for one in streams)


def _headings(found: PrincipalStreams, groups: Iterable[_Group]) -> Iterator[Heading]:
    for kind, of_kind in groupby(groups, key=lambda group: _kind(group[0])):
        columns = (_column(found, group, "" if place else "g1") for place, group in enumerate(of_kind))
        yield Heading(_SECTIONS[kind], tuple(columns))


def _column(found: PrincipalStreams, group: _Group, border: str) -> Column:
    one = group[0]
    return Column(
        name=one.stream.name if one.stream else "calls that name none",
        more=f" and {len(group) - 1:,} alike" if len(group) > 1 else "",
        href=f"/streams/{one.ident}" if one.stream else "",
        border=border,
        granted=_total(found, one.cells),
    )


def _total(found: PrincipalStreams, letters: str) -> str:
    """Return of how many cells it is known that they are granted: what was used may not be where nobody looked."""
    granted = sum(letter in GRANTED for letter in letters) if found.is_evaluated else 0
    return at_least(granted, letters.count(Cell.UNKNOWN) + (not found.is_evaluated))


# ---------------------------------------------------------------- lines
def _cell_of(query: Filter, ident: int, one: OnStream) -> str:
    """Return where a cell of a stream is explained, but for its action: in the matrix of that stream."""
    kept = with_values(query, "view", Verb.IS, ["principals"])
    if one.stream is not None:
        kept = with_values(kept, "stream", Verb.IS, [one.stream.arn])
    return url(PATH, kept, cell=f"{ident},")


def _phrase(group: _Group, place: int, action: str) -> str:
    """Return what stands behind a state: its keys, and how often it was used on all streams of a column together."""
    letter = group[0].cells[place]
    keys = {key for one in group for key in one.keys.get(action, ())} if letter == Cell.CONDITIONAL else ()
    uses = [one.uses[action] for one in group if action in one.uses]
    return use_text(letter, uses, keys_text(tuple(sorted(keys)), ""))


def _lines(
    found: PrincipalStreams, shown: list[_Group], query: Filter, ident: int, opened: Drawer | None
) -> Iterator[Line]:
    heads = [column for heading in _headings(found, shown) for column in heading.columns]
    labels = [str(escape(f"{head.name}{head.more}")) for head in heads]
    leads = [str(escape(_cell_of(query, ident, group[0]))) for group in shown]
    selected = opened.cell.action if opened and opened.cell else ""
    alike = Counter(one.cells for one in found.streams if one.stream is not None)
    section = ""
    for place, action in enumerate(found.actions):
        own, warm = HEADINGS[ACTIONS[action].group], "w" if is_warm(action) else ""
        cells = (
            cell_td(
                f"{warm} {head.border}".strip(),
                group[0].cells[place],
                f"{action} on {label}",
                str(escape(_phrase(group, place, action))),
                lead + action,
            )
            for head, label, lead, group in zip(heads, labels, leads, shown, strict=True)
        )
        yield Line(
            section=own if own != section else "",
            action=action,
            href=url(PATH, query, cell=f"{ident},{action}"),
            cells=Markup("".join(cells)),  # noqa: S704 - letters and classes of ours, names escaped above
            total=_total(found, "".join(letters[place] * n for letters, n in alike.items())),
            is_warm=bool(warm),
            is_selected=action == selected,
        )
        section = own
