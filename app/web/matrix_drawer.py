"""One cell of the matrix in a drawer: what it says, the statements that decide it, the calls. Or a row's cells."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from markupsafe import Markup

from app.core.arn import account_text
from app.core.coverage.history import Strip
from app.core.coverage.observe import class_of
from app.core.coverage.seen import IN_PART, share, share_of
from app.core.digits import ID_DIGITS, number
from app.core.errors import InvalidInput
from app.core.iam.evaluate import LayerKind
from app.core.iam.explain import Explanation, explain
from app.core.iam.reasons import Reason, ReasonCode
from app.core.kvs.actions import ACTIONS, Action
from app.core.matrix.cells import COLUMNS, Cell
from app.core.model.grant import Outcome
from app.core.model.scope import Scope
from app.core.model.snapshot import Snapshot
from app.core.model.stream import ResourceKind
from app.core.query.cursor import reference
from app.core.query.filter import Condition, Filter, Problem, Verb, parse, url
from app.core.query.listing import EVENTS
from app.core.timeline.outcome import CallOutcome, outcome_of
from app.db.queries import events, snapshots
from app.db.queries import matrix as queries
from app.db.queries.events import EventRow
from app.db.queries.matrix import CellGrant, CellUse
from app.services.read_matrix import read_matrix
from app.services.read_ways import is_role, ways_to_principal
from app.web import charts, filters, words
from app.web.series import is_warm
from app.web.span import Span
from app.web.visit import Visit
from app.web.ways import WaysView, ways_view

PATH = "/matrix"
MOST_CALLS = 5
MOST_WAYS = 8
LONG, AROUND, CUT = 24, 2, "\N{MIDLINE HORIZONTAL ELLIPSIS}"
"""Lines from which a statement is cut, and how many stay on both sides of each that decides."""
_MEANING = {
    Cell.USED: "Granted and used.",
    Cell.UNUSED: "Granted and unused.",
    Cell.UNOBSERVABLE: "Granted; its use could not be observed.",
    Cell.CONDITIONAL: "Granted under conditions.",
    Cell.PER_DEVICE: "Granted to each device on its own streams.",
    Cell.DENIED: "Denied, although something allows it.",
    Cell.GONE: "Used, and not granted any more.",
    Cell.UNKNOWN: "Not known: a layer of policies could not be read.",
    Cell.EMPTY: "Not granted.",
}
_NOT_GRANTED = frozenset({Cell.DENIED, Cell.GONE, Cell.EMPTY})
_OUTCOMES = {
    Outcome.ALLOW: "Allowed",
    Outcome.CONDITIONAL: "Allowed under conditions",
    Outcome.PER_DEVICE: "Allowed to each device on its own streams",
    Outcome.DENY: "Denied",
    Outcome.UNKNOWN: "Not known",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One reason in the order of evaluation; `code` is the statement, its deciding lines marked.

    `is_guardrail`: an SCP or RCP that allows the call like all others do; it decides nothing by itself.
    """

    sentence: str
    change: str
    is_guardrail: bool
    policy: str
    place: str
    code: Markup | None


@dataclass(frozen=True, slots=True)
class Why:
    """What holds for one set of resources, and why; `example` is the one that the reasons are of."""

    heading: str
    keys: str
    example: str
    steps: tuple[Step, ...]
    trouble: str
    guardrails: str = ""


@dataclass(frozen=True, slots=True)
class Window:
    """How much of the time the use could have been seen in one Region."""

    region: str
    share: str
    strip: Markup
    reason: str


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
    """All that is known of one cell. `through`: who may become a role that is granted it; None of others."""

    action: str
    meaning: str
    used: str
    windows: tuple[Window, ...]
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
    """What the drawer prints: a cell, or a row's actions when no action was named."""

    principal: int
    name: str
    arn: str
    account: str
    title: str
    letter: str
    is_warm: bool
    cell: CellView | None
    actions: tuple[ActionLine, ...]
    row_href: str
    timeline: str
    close: str


def drawer(visit: Visit, query: Filter) -> tuple[Drawer | None, tuple[Problem, ...]]:
    """Return the drawer that `cell=PRINCIPAL[,ACTION]` names, and what was wrong with the question."""
    text = query.kept("cell")
    if not text:
        return None, ()
    ident, _, action = text.partition(",")
    principal = number(ident, ID_DIGITS)
    found = None if principal is None else queries.matrix_principal(visit.connection, visit.user.scope, principal)
    if principal is None or found is None:
        return None, (Problem("cell", text[:80], "is no principal here"),)
    if action and action not in ACTIONS:
        return None, (Problem("cell", text[:80], "is no action of KVS"),)
    return _drawer(visit, query, principal, found, action), ()


def _drawer(visit: Visit, query: Filter, ident: int, found: tuple[int, str, str], action: str) -> Drawer:
    account, arn, name = found
    cells = _row(visit, query, account, arn)
    asked = {"account": account_text(account), "principal": arn} | ({"action": action} if action else {})
    timeline = parse([*asked.items(), *_range(query)], EVENTS, visit.now).filter
    letter = cells[COLUMNS.index(action)] if action else ""
    return Drawer(
        principal=ident,
        name=short(name),
        arn=arn,
        account=f"{visit.account_name(account)} {account_text(account)}",
        title=action or f"What {short(name)} may do",
        letter=letter,
        is_warm=is_warm(action),
        cell=_cell(visit, query, (account, ident, arn), ACTIONS[action], Cell(letter), timeline) if action else None,
        actions=() if action else tuple(_actions(query, ident, cells)),
        row_href=url(PATH, query, cell=str(ident)),
        timeline=url("/events", timeline),
        close=url(PATH, query, cell=None),
    )


_SSO_NAME = re.compile(r"AWSReservedSSO_(.+)_[0-9a-f]{16}")


def short(name: str) -> str:
    """Return what people call a role: of one that IAM Identity Center made, the name of its permission set."""
    found = _SSO_NAME.fullmatch(name)
    return found[1] if found else name


def _range(query: Filter) -> list[tuple[str, str]]:
    return [("from", query.since.text), ("to", query.until.text)]


def _row(visit: Visit, query: Filter, account: int, arn: str) -> str:
    """Return the principal's cells, on the streams that the matrix is narrowed to."""
    kept = tuple(c for c in query.conditions if c.field in {"stream", "tag"})
    alone = replace(query, conditions=(Condition("principal", Verb.IS, (arn,)), *kept))
    found = read_matrix(visit.connection, Scope(frozenset({account})), alone, visit.observability(account).strips)
    return found.rows[0].cells if found.rows else Cell.EMPTY * len(COLUMNS)


def _actions(query: Filter, ident: int, cells: str) -> Iterator[ActionLine]:
    for action, letter in zip(COLUMNS, cells, strict=True):
        if letter != Cell.EMPTY:
            href = url(PATH, query, cell=f"{ident},{action}")
            yield ActionLine(action, letter, words.CELLS[letter], is_warm(action), href)


# ---------------------------------------------------------------- one cell
def _cell(
    visit: Visit, query: Filter, who: tuple[int, int, str], action: Action, letter: Cell, timeline: Filter
) -> CellView:
    account, ident, arn = who
    scope = visit.user.scope
    days = (query.since.at, query.until.at)
    use = queries.cell_use(visit.connection, scope, account, ident, action.name, days)
    strips = [s for s in visit.observability(account).strips if s.kind is class_of(action)]
    grants = queries.cell_grants(visit.connection, scope, account, ident, action.name)
    page = events.event_page(visit.connection, scope, replace(timeline, limit=MOST_CALLS))
    return CellView(
        action=action.name,
        meaning=_MEANING[letter],
        used=_used(use, strips, query),
        windows=tuple(_window(strip, visit.span) for strip in strips),
        whys=tuple(_whys(visit, account, arn, action, grants)),
        through=_through(visit, arn) if letter not in _NOT_GRANTED else None,
        calls=tuple(_call(event) for event in page.rows),
    )


def _through(visit: Visit, arn: str) -> WaysView | None:
    if not is_role(arn):
        return None
    return ways_view(visit, ways_to_principal(visit.connection, visit.user.scope, arn), MOST_WAYS)


def _used(use: CellUse, strips: Iterable[Strip], query: Filter) -> str:
    """Return when it was used, or how far "never" goes: only as far as somebody could look."""
    if use.last_at is not None and use.calls > use.errors:
        refused = f", {use.errors:,} of them refused or failed" if use.errors else ""
        return f"{filters.plural(use.calls, 'call')}{refused}; last {use.last_at:%Y-%m-%d %H:%M:%SZ}"
    tried = f"{filters.plural(use.errors, 'call')}, all refused or failed" if use.errors else ""
    least = min((strip.observed for strip in strips), default=0.0)
    if least >= 1:
        return tried or f"never in {filters.duration(query.until.at - query.since.at)}"
    observed = f"{share(least)} observable" if least > 0 else "not observable"
    shares = {share_of(strip) for strip in strips}
    if IN_PART in shares and "0 %" not in shares:
        observed = "observable in part"
    return f"{tried or 'not seen'}; {observed}"


def _window(strip: Strip, span: Span) -> Window:
    observed = share_of(strip)
    reason = strip.holes[-1].reason if strip.holes else ""
    return Window(
        strip.region,
        observed,
        charts.strip(charts.stretches(strip, span), label=f"{strip.region}: {observed} observable"),
        reason,
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


# ---------------------------------------------------------------- why
def _whys(visit: Visit, account: int, arn: str, action: Action, grants: tuple[CellGrant, ...]) -> Iterator[Why]:
    try:
        snapshot = snapshots.load_snapshot(visit.connection, visit.user.scope, account)
    except InvalidInput as error:  # a caller of an account that is not watched
        yield Why("Not known", "", "", (), f"{error}.")
        return
    if not grants:
        resource = _any_resource(snapshot, action)
        if resource:
            yield _why(snapshot, arn, action, resource, "Not granted", "")
        return
    for grant in grants:
        where = "on everything" if grant.is_wildcard else f"on {_named(grant)}"
        keys = ", ".join(grant.condition_keys)
        if grant.resources:
            yield _why(snapshot, arn, action, grant.resources[0], f"{_OUTCOMES[grant.outcome]} {where}", keys)
        else:
            yield Why(f"{_OUTCOMES[grant.outcome]} {where}", keys, "", (), "")


def _any_resource(snapshot: Snapshot, action: Action) -> str:
    if action.is_wildcard_only:
        return "*"
    kind = ResourceKind.STREAM if action.on_stream else ResourceKind.CHANNEL
    return next((stream.arn for stream in snapshot.streams if stream.kind is kind), "")


def _named(grant: CellGrant) -> str:
    shown = words.listed(grant.names[:2])
    if grant.n <= len(grant.names[:2]):
        return shown
    return f"{filters.plural(grant.n, 'stream or channel', 'streams and channels')}: {shown} and {grant.n - 2:,} more"


def _why(snapshot: Snapshot, arn: str, action: Action, resource: str, heading: str, keys: str) -> Why:
    example = "" if resource == "*" else resource
    try:
        found = explain(snapshot, arn, action.name, resource)
    except InvalidInput as error:
        return Why(heading, keys, example, (), f"It cannot be explained from what was read last: {error}.")
    steps = tuple(_step(reason, found) for reason in found.reasons)
    guardrails = sum(step.is_guardrail and step.code is not None for step in steps)
    text = f"{filters.plural(guardrails, 'statement')} of SCPs and RCPs" if guardrails else ""
    return Why(heading, keys, example, steps, "", text)


def _step(reason: Reason, found: Explanation) -> Step:
    policy = f"{reason.policy} {reason.policy_version or ''}".strip() if reason.policy else ""
    has_text = bool(reason.text and reason.first_line)
    allows = reason.code in {ReasonCode.ALLOWED, ReasonCode.ALLOWED_IF}
    # What allows decides nothing where the answer is no: what is missing does, and has no lines.
    is_deciding = not (allows and found.outcome is Outcome.DENY)
    return Step(
        sentence=reason.sentence,
        change=reason.change if found.decides(reason) else "",
        is_guardrail=allows and reason.layer in {LayerKind.SCP, LayerKind.RCP},
        policy=policy,
        place=reason.via or "",
        code=statement(reason.text, reason.first_line or 1, reason.marked, is_deciding=is_deciding)
        if has_text
        else None,
    )


def statement(text: str, first_line: int, marked: tuple[int, ...], *, is_deciding: bool = True) -> Markup:
    """Return a statement with the line numbers of its document, the deciding lines standing out.

    Of a long one (ReadOnlyAccess has two thousand lines) only what stands around those is shown, cuts shown as such.
    """
    lines = dict(enumerate(text.splitlines(), first_line))
    near = {line + step for line in marked for step in range(-AROUND, AROUND + 1)}
    near |= {first_line, first_line + len(lines) - 1}
    kept = [line for line in lines if len(lines) <= LONG or line in near]
    rows, last = [], first_line - 1
    for line in kept:
        if line != last + 1:
            rows.append(Markup('<span class="cutline" data-n="{}"> </span>').format(CUT))
        css = Markup(' class="hit"') if is_deciding and line in marked else ""
        rows.append(Markup('<span{} data-n="{}">{}</span>').format(css, line, lines[line] or " "))
        last = line
    body = Markup("").join(rows)
    return Markup('<pre class="code" role="region" tabindex="0" aria-label="Statement">{}</pre>').format(body)
