"""One cell of the matrix in a drawer: what it says, the statements that decide it, the calls. Or a row's cells."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from markupsafe import Markup

from app.core.arn import account_text
from app.core.coverage.history import Strip
from app.core.coverage.seen import IN_PART, share, share_of
from app.core.digits import ACCOUNT_DIGITS, ID_DIGITS, number
from app.core.errors import InvalidInput
from app.core.kvs.actions import ACTIONS, Action
from app.core.matrix.cells import BIT, COLUMNS, SHOWN, UNUSED, Cell
from app.core.matrix.then import Thens
from app.core.model.grant import Outcome
from app.core.model.scope import Scope
from app.core.model.snapshot import Snapshot
from app.core.query.cursor import reference
from app.core.query.filter import NONE, Condition, Filter, Problem, Verb, first_page, parse, url, with_values
from app.core.query.listing import EVENTS
from app.core.timeline.outcome import CallOutcome, outcome_of
from app.db.queries import events, snapshots
from app.db.queries import matrix_cell as queries
from app.db.queries.events import EventRow
from app.db.queries.matrix import PrincipalBits, account_states, states_then
from app.db.queries.matrix_cell import CellGrant, CellUse
from app.db.queries.narrowed_streams import arns_within, regions_narrowed
from app.db.queries.principal_pages import principal_row
from app.services.look_back import look_back
from app.services.read_matrix import matrix_of, strips_narrowed, strips_of_cell
from app.services.read_ways import MOST_ASKED, is_role, ways_to_principal
from app.web import charts, filters, words
from app.web.matrix_reasons import AskedCell, Why, whys
from app.web.names import short
from app.web.series import is_warm
from app.web.span import Span
from app.web.visit import Visit
from app.web.ways import WaysView, ways_view
from app.web.whole_days import EVERY_CALL, days_text, of_days

PATH = "/matrix"
_IN = "@"
MOST_CALLS = 5
MOST_WAYS = 8
MOST_STREAMS = 20
"""Streams with a tag that the link to the timeline names, at most."""
_MEANING = {
    Cell.USED: "Granted and used.",
    Cell.UNUSED: f"Granted and {UNUSED}.",
    Cell.UNOBSERVABLE: "Granted; its use could not be observed.",
    Cell.CONDITIONAL: "Granted under conditions.",
    Cell.PER_DEVICE: "Granted to each device on its own streams.",
    Cell.DENIED: "Denied, although something allows it.",
    Cell.GONE: "Used, and not granted any more.",
    Cell.UNKNOWN: "Not known: a layer of policies could not be read.",
    Cell.EMPTY: "Not granted.",
}
_ELSEWHERE = "It is an AWS service or of another account: policies of this one do not tell what it may do."
_MEANING_UNJUDGED = "Not known: no listing has all that it could be called on."
_UNJUDGED = Why("Not known", trouble="What no listing has: nobody's policies were judged on it.")
_MEANING_ELSEWHERE = "Used; whether it is granted is not known."
_NOT_GRANTED = frozenset({Cell.DENIED, Cell.GONE, Cell.EMPTY})


@dataclass(frozen=True, slots=True)
class Window:
    """How much of the time the use could have been seen in one Region; `href` tells why not all, "" where it was."""

    region: str
    strip: Markup
    seen: str
    href: str


@dataclass(frozen=True, slots=True)
class Call:
    """One of the last calls."""

    at: Markup
    stream: str
    outcome: str
    is_refused: bool
    href: str


@dataclass(frozen=True, slots=True)
class CellView:
    """All that is known of one cell. `through`: who may become a role that is granted it; None of others.

    `on` is what the letter holds of: "on 6 of 44 streams"; "" where it holds of no stream.
    """

    action: str
    on: str
    meaning: str
    used: str
    windows: tuple[Window, ...]
    coverage_href: str
    whys: tuple[Why, ...]
    through: WaysView | None
    calls: tuple[Call, ...]


@dataclass(frozen=True, slots=True)
class ActionLine:
    """One action of a principal, in the drawer of a row."""

    action: str
    letter: str
    state: str
    is_warm: bool
    href: str


@dataclass(frozen=True, slots=True)
class Drawer:
    """What the drawer prints: a cell, or a row's actions when no action was named.

    `principal` is as `cell=` names it.
    """

    principal: str
    name: str
    arn: str
    account: str
    title: str
    letter: str
    is_warm: bool
    cell: CellView | None
    actions: tuple[ActionLine, ...]
    row_href: str
    streams_href: str
    timeline: str
    timeline_text: str
    close: str


def named_as(row: PrincipalBits) -> str:
    """Return how `cell=` names the principal of a row: of another account's row, or a service's, with the account."""
    return f"{row.id}{_IN}{account_text(row.account)}" if row.is_of_elsewhere else str(row.id)


def drawer(visit: Visit, query: Filter) -> tuple[Drawer | None, tuple[Problem, ...]]:
    """Return the drawer that `cell=PRINCIPAL[@ACCOUNT][,ACTION]` names, and what was wrong with the question."""
    text = query.kept("cell")
    if not text:
        return None, ()
    named, _, action = text.partition(",")
    ident, is_in, digits = named.partition(_IN)
    principal, given = number(ident, ID_DIGITS), number(digits, ACCOUNT_DIGITS) if is_in else None
    scope = visit.user.scope
    found = None if principal is None else queries.matrix_principal(visit.connection, scope, principal)
    if principal is None or found is None or (is_in and (given is None or not scope.holds(given))):
        return None, (Problem("cell", text[:80], "is no principal here"),)
    if action and action not in ACTIONS:
        return None, (Problem("cell", text[:80], "is no action of KVS"),)
    own, arn, name = found
    account = queries.acting_account(visit.connection, scope, query, principal, own) if given is None else given
    who = _Who(named, principal, account, arn, name, is_of_elsewhere=account != own)
    return _drawer(visit, query, who, action), ()


@dataclass(frozen=True, slots=True)
class _Who:
    """Whose cell it is: `named` as `cell=` does it, in which account."""

    named: str
    ident: int
    account: int
    arn: str
    name: str
    is_of_elsewhere: bool


def _thens(visit: Visit, query: Filter, account: int) -> Thens | None:
    """Return the account as of the time that is asked for; nothing of one that is not watched, None of now."""
    if query.at is None:
        return None
    try:
        return {account: look_back(visit.connection, visit.user.scope, account, query.at.at)}
    except InvalidInput:
        return {}


def _drawer(visit: Visit, query: Filter, who: _Who, action: str) -> Drawer:
    account, arn, name = who.account, who.arn, who.name
    thens = _thens(visit, query, account)
    cells, unjudged = _row(visit, query, thens, who)
    asked = {"account": account_text(account), "principal": arn} | ({"action": action} if action else {})
    within = arns_within(visit.connection, visit.user.scope, query, account, thens) if action else None
    # Its use is counted by day: the timeline has the same calls.
    timeline = parse([*asked.items(), *EVERY_CALL, *of_days(visit)], EVENTS, visit.now).filter
    counted = timeline
    if action and not ACTIONS[action].is_wildcard_only:
        counted = replace(timeline, conditions=(*timeline.conditions, *_streams(query, within)))
        # An address that names hundreds is none: it leads to the calls on all streams, and says so.
        timeline = counted if not query.of("tag") or len(within or ()) <= MOST_STREAMS else timeline
    letter = cells[COLUMNS.index(action)] if action else ""
    is_unjudged = bool(action and unjudged & BIT[action])
    cell = (
        _cell(visit, query, thens, who, ACTIONS[action], Cell(letter), counted, within, is_unjudged=is_unjudged)
        if action
        else None
    )
    return Drawer(
        principal=who.named,
        name=short(name),
        arn=arn,
        account=f"{visit.account_name(account)} {account_text(account)}",
        title=f"{cell.action} {cell.on}".strip() if cell else f"What {short(name)} may do",
        letter=letter,
        is_warm=is_warm(action),
        cell=cell,
        actions=() if action else tuple(_actions(query, who.named, cells)),
        row_href=url(PATH, query, cell=who.named),
        streams_href=_by_stream(query, arn),
        timeline=url("/events", timeline),
        timeline_text="See the calls" if timeline is counted else "See its calls on all streams",
        close=url(PATH, query, cell=None),
    )


def _by_stream(query: Filter, arn: str) -> str:
    """Return where the principal is told stream by stream, "" where that is shown, or as of a time: it is not told."""
    if query.at is not None or query.values("view") == ("streams",):
        return ""
    alone = replace(first_page(query), conditions=tuple(c for c in query.conditions if c.field != "principal"))
    return url(PATH, with_values(with_values(alone, "principal", Verb.IS, [arn]), "view", Verb.IS, ["streams"]))


def _streams(query: Filter, within: frozenset[str] | None) -> tuple[Condition, ...]:
    """Return the filter's streams as the timeline asks for them; it knows no tags, so those that have them are named.

    A call that names no stream is on none of them.
    """
    if within is not None and query.of("tag"):
        return (Condition("stream", Verb.IS, tuple(sorted(within))),)
    return tuple(
        replace(one, values=tuple(sorted({*one.values, NONE}))) if one.verb is Verb.IS_NOT else one
        for one in query.of("stream")
    )


def _row(visit: Visit, query: Filter, thens: Thens | None, who: _Who) -> tuple[str, int]:
    """Return a principal's cells on the streams that are asked about, and the actions that nobody could judge."""
    account, arn = who.account, who.arn
    kept = tuple(c for c in query.conditions if c.field in {"stream", "tag"})
    alone = replace(query, conditions=(Condition("principal", Verb.IS, (arn,)), *kept))
    scope = Scope(frozenset({account}))
    found = matrix_of(visit.connection, scope, alone, thens, visit.observability(account).strips)
    unjudged = 0 if _is_gone(visit, thens, who) else found.unjudged.get(account, 0)
    if found.rows:
        return found.rows[0].cells, unjudged
    states = account_states(visit.connection, scope) if thens is None else states_then(thens)
    # Who did nothing has no row: whether it is granted something is not known by that.
    unknown = unjudged if any(state.evaluated_at for state in states) else -1
    return "".join(Cell.UNKNOWN if unknown & BIT[name] else Cell.EMPTY for name in COLUMNS), unjudged


def _is_gone(visit: Visit, thens: Thens | None, who: _Who) -> bool:
    """Whether a listing of IAM lacks the principal: who is gone is granted nothing, on whatever there is."""
    if thens is None:
        row = principal_row(visit.connection, visit.user.scope, who.ident)
        return row is not None and row.removed_at is not None
    then = thens.get(who.account)
    return then is not None and then.is_evaluated and who.arn not in then.principals


def _actions(query: Filter, named: str, cells: str) -> Iterator[ActionLine]:
    for action, letter in zip(COLUMNS, cells, strict=True):
        if letter != Cell.EMPTY:
            href = url(PATH, query, cell=f"{named},{action}")
            yield ActionLine(action, letter, words.CELLS[letter], is_warm(action), href)


# ---------------------------------------------------------------- one cell
def _cell(
    visit: Visit,
    query: Filter,
    thens: Thens | None,
    who: _Who,
    action: Action,
    letter: Cell,
    counted: Filter,
    within: frozenset[str] | None,
    *,
    is_unjudged: bool,
) -> CellView:
    account, ident, arn = who.account, who.ident, who.arn
    scope = visit.user.scope
    use = queries.cell_use(visit.connection, scope, query, account, ident, action.name, thens)
    then = thens.get(account) if thens else None
    grants = (
        queries.cell_grants(visit.connection, scope, query, account, ident, action.name)
        if thens is None
        else queries.cell_grants_then(then, arn, action.name, within)
        if then
        else ()
    )
    shown = frozenset(arn for grant in grants if grant.outcome is SHOWN.get(letter) for arn in grant.resources)
    regions = regions_narrowed(visit.connection, scope, query, thens)
    seen = strips_narrowed(visit.observability(account).strips, regions)
    strips = strips_of_cell(visit.connection, scope, seen, account, action, shown)
    snapshot = then.snapshot if then else None
    on, reasons = _reasons(visit, query, snapshot, who, action, SHOWN.get(letter), grants, within)
    if is_unjudged and not who.is_of_elsewhere:
        reasons = (*reasons, _UNJUDGED) if grants else (_UNJUDGED,)
    # Where the days know of no call, none is looked for among all that the principal made.
    few = replace(counted, limit=MOST_CALLS)
    calls = events.event_page(visit.connection, scope, few, total=use.calls).rows if use.calls else ()
    return CellView(
        action=action.name,
        on=on,
        meaning=_MEANING_UNJUDGED if is_unjudged and letter == Cell.UNKNOWN else _meaning(letter, grants),
        used=f"{_used(use, strips, query)}; {days_text(visit)}",
        windows=tuple(_window(strip, visit.span, visit.coverage_href(account)) for strip in strips),
        coverage_href=visit.coverage_href(account),
        whys=reasons,
        through=_through(visit, arn, _at(query)) if letter not in _NOT_GRANTED else None,
        calls=tuple(_call(event) for event in calls),
    )


def _meaning(letter: Cell, grants: Iterable[CellGrant]) -> str:
    """Return what a letter says; what was used may be of elsewhere, or its policies not read."""
    is_granted = any(grant.outcome is Outcome.ALLOW for grant in grants)
    return _MEANING_ELSEWHERE if letter == Cell.USED and not is_granted else _MEANING[letter]


def _reasons(
    visit: Visit,
    query: Filter,
    then: Snapshot | None,
    who: _Who,
    action: Action,
    outcome: Outcome | None,
    grants: tuple[CellGrant, ...],
    within: frozenset[str] | None,
) -> tuple[str, tuple[Why, ...]]:
    """Return on which streams the cell's outcome holds, and why each grant does; `then`: of the account as it was."""
    account, arn = who.account, who.arn
    if who.is_of_elsewhere:
        return "", (Why("Not known", trouble=_ELSEWHERE),)
    try:
        snapshot = then or snapshots.load_snapshot(visit.connection, visit.user.scope, account, _at(query))
    except InvalidInput as error:  # a caller of an account that is not watched
        return "", (Why("Not known", trouble=f"{error}."),)
    if snapshot.iam is None:
        return "", (Why("Not known", trouble="The account's policies were not read."),)
    cell = AskedCell(snapshot, arn, action, within, query.at.text if query.at else "")
    shown = [resource for grant in grants if grant.outcome is outcome for resource in grant.resources]
    return cell.on(shown) if shown and not action.is_wildcard_only else "", tuple(whys(cell, grants))


def _at(query: Filter) -> datetime | None:
    return query.at.at if query.at else None


def _through(visit: Visit, arn: str, at: datetime | None) -> WaysView | None:
    if not is_role(arn):
        return None
    ways = ways_to_principal(visit.connection, visit.user.scope, arn, at, MOST_ASKED)
    return ways_view(visit, ways, MOST_WAYS)


def _used(use: CellUse, strips: Iterable[Strip], query: Filter) -> str:
    """Return when it was used, or how far "never" goes: only as far as somebody could look."""
    if use.last_at is not None:
        refused = f", {use.errors:,} of them refused or failed" if use.errors else ""
        last = "last" if not use.errors else "answered last"
        first = f" since {use.first_at:%Y-%m-%d}" if use.first_at and use.calls > 1 else ""
        return f"{filters.plural(use.calls, 'call')}{first}{refused}; {last} {use.last_at:%Y-%m-%d %H:%M:%SZ}"
    tried = f"{filters.plural(use.errors, 'call')}, all refused or failed" if use.errors else ""
    least = min((strip.observed for strip in strips), default=0.0)
    if least >= 1:
        return tried or f"never in {filters.duration(query.until.at - query.since.at)}"
    observed = f"{share(least)} observable" if least > 0 else "not observable"
    shares = {share_of(strip) for strip in strips}
    if IN_PART in shares and "0 %" not in shares:
        observed = "observable in part"
    return f"{tried or 'not seen'}; {observed}"


def _window(strip: Strip, span: Span, coverage: str) -> Window:
    seen = f"{share_of(strip)} observable"
    return Window(
        strip.region,
        charts.strip(charts.stretches(strip, span), label=f"{strip.region}: {seen}"),
        f"{seen}; {strip.holes[-1].reason}" if strip.holes else seen,
        coverage if strip.observed < 1 else "",
    )


def _call(event: EventRow) -> Call:
    outcome = outcome_of(event.error_code)
    return Call(
        at=filters.full_time(event.key.event_time),
        stream=event.stream or "",
        outcome=outcome if outcome is CallOutcome.DENIED else event.error_code or "",
        is_refused=outcome is CallOutcome.DENIED,
        href=f"/events?event={reference(event.key)}",
    )
