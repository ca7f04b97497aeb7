"""`/findings`: what the rules found, grouped by rule, and what they could not tell."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import Response

from app.core.model.finding import FindingState, Severity
from app.core.query.filter import Filter, Parsed, Problem, Verb, first_page, parse, url, with_values
from app.core.query.listing import FINDINGS
from app.core.rules.catalogue import AnyRule, catalogue
from app.core.rules.names import name_of
from app.db.queries import finding_pages, findings, overview
from app.db.queries.findings import FindingCount, FindingRow, RuleRun, Untold
from app.db.queries.overview import Lifetime
from app.web import charts, filters, words
from app.web.chips import Chip, chips, wrong_place
from app.web.navigation import Nav
from app.web.own_views import OwnViews, own_views
from app.web.visit import Visit, ranged, unused, visiting

router = APIRouter()
UNTOLD = "/findings/cannot-tell"
NAV = Nav("Findings", "/findings", "triangle-alert", 110, "findings")
DAYS = 30
EACH = 8
MOST_UNTOLD = 500
ORDER = list(Severity)
_PLACES = ("after", "before")


@dataclass(frozen=True, slots=True)
class Tab:
    """One state of findings and how many are in it."""

    label: str
    href: str
    count: str
    is_here: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One finding."""

    subject: str
    href: str
    account: str
    account_href: str
    message: str
    severity: str
    rule: str
    last_seen_at: datetime
    state: str


@dataclass(frozen=True, slots=True)
class Group:
    """One rule that is violated."""

    severity: str
    title: str
    code: str
    practice: str
    count: str
    of: str
    blind: str
    age: str
    chart: Markup
    rows: tuple[Row, ...]
    more: str
    more_href: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class UntoldRow:
    """Something about which a rule had no answer."""

    rule: str
    subject: str
    account: str
    account_href: str
    reason: str
    evaluated_at: datetime


@dataclass(frozen=True, slots=True)
class Findings:
    """What the page prints."""

    title: str
    now: datetime
    tabs: tuple[Tab, ...]
    chips: tuple[Chip, ...]
    groups: tuple[Group, ...]
    rows: tuple[Row, ...]
    is_grouped: bool
    by_rule_href: str
    flat_href: str
    own_views: OwnViews
    csv: str
    jsonl: str
    before: str
    after: str
    status: str
    untold: tuple[UntoldRow, ...]
    untold_href: str
    is_untold: bool
    empty: str


@router.get("/findings", include_in_schema=False)
def show(request: Request) -> Response:
    """List the findings, by rule or one by one."""
    with visiting(request, FINDINGS.default_from, takes=None) as visit:
        parsed = ranged(visit, parse(request.query_params.multi_items(), FINDINGS, visit.now))
        return visit.page("pages/findings.html", _view(visit, parsed))


@router.get(UNTOLD, include_in_schema=False)
def cannot_tell(request: Request) -> Response:
    """List what nobody could check, and why: an answer of its own, never a pass."""
    with visiting(request, FINDINGS.default_from, takes=None) as visit:
        parsed = ranged(visit, parse(request.query_params.multi_items(), FINDINGS, visit.now))
        asked = _asked_of_untold(parsed, visit)
        rows = findings.cannot_tells(
            visit.connection, visit.scope, conditions=asked.filter.conditions, limit=MOST_UNTOLD
        )
        return visit.page("pages/findings.html", _untold_view(visit, asked, rows))


def _asked_of_untold(parsed: Parsed, visit: Visit) -> Parsed:
    """Return what the page is asked for, and that it cannot be asked for a severity, a state or a place in a list."""
    query, given = parsed.filter, visit.request.query_params
    unknown = [
        Problem(name, value, "is not known of a check without an answer")
        for name in ("severity", "state")
        if name in given
        for value in query.values(name)
    ]
    places = [Problem(name, "", "is not known here: this list is one page") for name in _PLACES if given.get(name)]
    problems = (*parsed.problems, *unknown, *places, *unused(visit, FINDINGS))
    return replace(parsed, filter=_of_untold(query), problems=problems)


def _of_untold(query: Filter) -> Filter:
    """Return the part of a filter that means something where there is no answer: neither state nor severity."""
    kept = tuple(one for one in query.conditions if one.field in findings.UNTOLD_FIELDS)
    return replace(first_page(query), conditions=kept)


def _view(visit: Visit, parsed: Parsed) -> Findings:
    query = parsed.filter
    is_grouped = query.group != "none"
    parsed = replace(parsed, problems=(*parsed.problems, *_wrong_place(query), *unused(visit, FINDINGS)))
    counts = findings.counts(visit.connection, visit.scope, query)
    groups: tuple[Group, ...] = ()
    rows: tuple[Row, ...] = ()
    before = after = ""
    if is_grouped:
        groups = _groups(visit, query, counts)
    else:
        page = findings.findings(visit.connection, visit.scope, query)
        rows = tuple(_row(visit, row) for row in page.rows)
        before = url("/findings", replace(query, cursor=page.before, is_back=True)) if page.before else ""
        after = url("/findings", replace(query, cursor=page.after, is_back=False)) if page.after else ""
    return _page(visit, parsed, counts, groups=groups, rows=rows, before=before, after=after)


def _wrong_place(query: Filter) -> tuple[Problem, ...]:
    if query.cursor is not None and query.group != "none":
        name = "before" if query.is_back else "after"
        return (Problem(name, "", "is a place in the list of single findings: group=none"),)
    return wrong_place(query, findings.is_cursor)


def _untold_view(visit: Visit, parsed: Parsed, rows: Iterable[Untold]) -> Findings:
    rules = catalogue().rules
    untold = tuple(
        UntoldRow(
            rule=rules[row.rule].title if row.rule in rules else row.rule,
            subject=name_of(row.subject) if row.subject else row.region or "the whole account",
            account=visit.account_name(row.account),
            account_href=visit.account_page(row.account),
            reason=row.reason,
            evaluated_at=row.evaluated_at,
        )
        for row in rows
    )
    counts = findings.counts(visit.connection, visit.scope, parsed.filter)
    return _page(visit, parsed, counts, untold=untold, is_untold=True)


def _page(
    visit: Visit,
    parsed: Parsed,
    counts: tuple[FindingCount, ...],
    *,
    groups: tuple[Group, ...] = (),
    rows: tuple[Row, ...] = (),
    before: str = "",
    after: str = "",
    untold: tuple[UntoldRow, ...] = (),
    is_untold: bool = False,
) -> Findings:
    query, first = parsed.filter, first_page(parsed.filter)
    blind = findings.count_cannot_tells(visit.connection, visit.scope, query.conditions)
    place = UNTOLD if is_untold else "/findings"
    matching = sum(count.n for count in counts if count.state.value in query.values("state"))
    return Findings(
        title="What cannot be told" if is_untold else "Findings",
        now=visit.now,
        tabs=_tabs(query, counts, blind, is_untold=is_untold),
        chips=chips(place, query, parsed.problems, {filters.digits(n): name for n, name in visit.accounts}),
        groups=groups,
        rows=rows,
        is_grouped=query.group != "none",
        by_rule_href=url("/findings", replace(first, group="rule")),
        flat_href=url("/findings", replace(first, group="none")),
        own_views=own_views(visit, "/findings", query),
        csv=url("/findings.csv", replace(first, group="rule")),
        jsonl=url("/findings.jsonl", replace(first, group="rule")),
        before=before,
        after=after,
        status=_status(len(groups), matching, blind),
        untold=untold,
        untold_href=url(UNTOLD, _of_untold(query)),
        is_untold=is_untold,
        empty="" if groups or rows or is_untold else _empty(query, counts, visit),
    )


def _tabs(query: Filter, counts: tuple[FindingCount, ...], blind: int, *, is_untold: bool) -> tuple[Tab, ...]:
    here = query.values("state")
    by_state = {state: sum(c.n for c in counts if c.state is state) for state in FindingState}
    states = tuple(
        Tab(
            words.FINDING_STATES[state],
            url("/findings", with_values(query, "state", Verb.IS, [state.value])),
            filters.number(by_state[state]),
            not is_untold and here == (state.value,),
        )
        for state in FindingState
    )
    return (*states, Tab("Cannot tell", url(UNTOLD, _of_untold(query)), filters.number(blind), is_untold))


def _status(rules: int, matching: int, blind: int) -> str:
    rule_words = f"{filters.plural(rules, 'rule')}, " if rules else ""
    untold = f" {filters.plural(blind, 'check')} could not be made." if blind else ""
    return f"{rule_words}{filters.plural(matching, 'finding')}.{untold}"


def _empty(query: Filter, counts: tuple[FindingCount, ...], visit: Visit) -> str:
    """Say why a list is empty: nothing ran yet, nothing in this state, or nothing at all."""
    others = sum(count.n for count in counts)
    state = " or ".join(words.FINDING_STATES[FindingState(s)].lower() for s in query.values("state"))
    if others:
        return f"{filters.plural(others, 'finding matches', 'findings match')} these filters, none of them {state}."
    if not findings.rule_runs(visit.connection, visit.scope):
        return "No rule has run yet: the first findings come with the first evaluation, after the first poll."
    return "No finding matches these filters. What could not be checked is under Cannot tell."


def _groups(visit: Visit, query: Filter, counts: tuple[FindingCount, ...]) -> tuple[Group, ...]:
    wanted = [count for count in counts if count.state.value in query.values("state")]
    tops = finding_pages.top_of_each_rule(visit.connection, visit.scope, query, EACH)
    runs = {run.rule: run for run in findings.rule_runs(visit.connection, visit.scope)}
    since = visit.now.date() - timedelta(days=DAYS - 1)
    lives = overview.lifetimes(visit.connection, visit.scope, since)
    by_rule: dict[str, list[FindingCount]] = {}
    for count in wanted:
        by_rule.setdefault(count.rule, []).append(count)
    order = sorted(by_rule, key=lambda rule: (_worst(by_rule[rule]), -sum(c.n for c in by_rule[rule]), rule))
    return tuple(
        _group(visit, query, rule, by_rule[rule], tops.get(rule, ()), runs, lives, is_open=place == 0)
        for place, rule in enumerate(order)
    )


def _worst(counts: Iterable[FindingCount]) -> int:
    return min(ORDER.index(count.severity) for count in counts)


def _group(
    visit: Visit,
    query: Filter,
    name: str,
    counts: list[FindingCount],
    rows: tuple[FindingRow, ...],
    runs: Mapping[str, RuleRun],
    lives: Iterable[Lifetime],
    *,
    is_open: bool,
) -> Group:
    rule: AnyRule | None = catalogue().rules.get(name)
    run = runs.get(name)
    total = sum(count.n for count in counts)
    checked = run.checked if run else None
    unit = rule.unit if rule else "subjects"
    title = rule.title if rule else name
    levels = _levels([life for life in lives if life.rule == name], visit.now.date())
    only = with_values(query, "rule", Verb.IS, [name])
    return Group(
        severity=ORDER[_worst(counts)].value,
        title=title,
        code=rule.code if rule else name,
        practice=f"{rule.practice.value}, {words.PRACTICES[rule.practice]}" if rule else "",
        count=filters.number(total),
        of=f" of {filters.number(checked)} {unit}" if checked and checked >= total else "",
        blind=f"{filters.number(run.cannot_tell)} cannot tell" if run and run.cannot_tell else "",
        age=filters.age(min(count.oldest_at for count in counts), visit.now),
        chart=charts.spark(levels, label=f"{title}: {levels[-1]} now, {max(levels)} at most in 30 days", height=18),
        rows=tuple(_row(visit, row) for row in rows),
        more=filters.number(total - len(rows)) if total > len(rows) else "",
        more_href=url("/findings", replace(only, group="none")),
        is_open=is_open,
    )


def _levels(lives: list[Lifetime], today: date) -> list[int]:
    """Return how many findings were there on each of the last days."""
    days = [today - timedelta(days=DAYS - 1 - n) for n in range(DAYS)]
    return [
        sum(life.n for life in lives if life.opened <= day and (life.resolved is None or life.resolved > day))
        for day in days
    ]


def _row(visit: Visit, row: FindingRow) -> Row:
    found = row.finding
    rule = catalogue().rules.get(found.rule)
    return Row(
        subject=name_of(found.subject),
        href=f"/findings/{row.id}",
        account=row.account_name or filters.digits(found.account),
        account_href=visit.account_page(found.account),
        message=found.message,
        severity=found.severity.value,
        rule=rule.title if rule else found.rule,
        last_seen_at=found.last_seen_at,
        state=words.FINDING_STATES[found.state],
    )
