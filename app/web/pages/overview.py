"""`/`: the state of each practice, what is new, calls per hour, who read media, and which accounts are stale."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import Response

from app.core import arn
from app.core.assumptions._assumption import Rests
from app.core.kvs.actions import MEDIA_READ
from app.core.model.finding import Practice
from app.core.query.filter import Filter
from app.core.query.filter import parse as parse_filter
from app.core.query.listing import EVENTS
from app.core.query.moment import iso
from app.core.rules.catalogue import catalogue
from app.core.rules.names import name_of
from app.core.timeline.buckets import Buckets, Counts, buckets, laid_out
from app.db.queries import bars, overview
from app.db.queries.overview import Lifetime, NewFinding, People, Reader, RuleState
from app.db.queries.playback_urls import alive_at
from app.services.read_accounts import DAYS, AccountLine, account_lines
from app.web import charts, filters, time_axis, words
from app.web.account_calls import calls_said
from app.web.assumed import Resting, resting
from app.web.horizon import Observability
from app.web.identity_links import account_href
from app.web.integrity import worst_accounts
from app.web.names import short
from app.web.navigation import Nav
from app.web.series import ABOVE, ACTIONS_OF, BELOW, series_of
from app.web.span import Span
from app.web.viewers import Pairs, of_actions, to_timeline
from app.web.visit import Visit, visiting
from app.web.whole_days import EVERY_CALL, days_text, over_month

router = APIRouter()
NAV = Nav("Overview", "/", "house", 100)
NEWEST = 8
NEW_FOR = timedelta(days=7)
READERS = 7
PEOPLE = 2
"""People named beside each."""
NOBODY = People((), is_more=False)
MOST_URLS = 99
STALE_AFTER = timedelta(hours=1)
_RESTS = (
    Rests.STREAM, Rests.KEPT, Rests.COVERAGE, Rests.REFUSED, Rests.URL, Rests.VIEWERS, Rests.PERSON, Rests.APP_USER,
    Rests.ONCE,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PracticeCard:
    """One practice: how many findings are open, what is new, and what nobody could check."""

    name: str
    href: str
    open: str
    new: str
    note: str
    is_blind: bool
    chart: Markup


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """One series of the chart and the calls that it stands for."""

    key: str
    label: str
    href: str


@dataclass(frozen=True, slots=True)
class FindingRow:
    """One of the newest findings."""

    severity: str
    title: str
    href: str
    detail: str
    account: str
    account_href: str
    first_seen_at: datetime
    more: str
    more_href: str


@dataclass(frozen=True, slots=True)
class ReaderRow:
    """Who read media. `people` are names and links of who stood behind it, `more` that these are not all."""

    name: str
    href: str
    kind: str
    account: str
    account_href: str
    people: tuple[tuple[str, str], ...]
    more: str
    stream: str
    stream_href: str
    reads: str
    reads_href: str


@dataclass(frozen=True, slots=True)
class AccountCard:
    """One account: its calls and how old our knowledge is."""

    name: str
    href: str
    chart: Markup
    polled_at: datetime | None
    is_stale: bool
    unseen: str


@dataclass(frozen=True, slots=True)
class Overview:
    """What the page prints."""

    title: str
    now: datetime
    practices: tuple[PracticeCard, ...]
    new_findings: str
    new_href: str
    urls_alive: str
    urls_href: str
    chart: Markup
    chart_note: str
    above: tuple[LegendEntry, ...]
    below: tuple[LegendEntry, ...]
    events_href: str
    coverage_href: str
    never_read: str
    readers: tuple[ReaderRow, ...]
    readers_href: str
    newest: tuple[FindingRow, ...]
    accounts: tuple[AccountCard, ...]
    account_days: str
    is_empty: bool
    blind_text: str
    broken: str
    broken_href: str
    assumed: Resting | None


@router.get("/", include_in_schema=False)
def show(request: Request) -> Response:
    """Show how things stand."""
    with visiting(request) as visit:
        return visit.page("pages/overview.html", _view(visit))


def _view(visit: Visit) -> Overview:
    connection, scope = visit.connection, visit.scope
    today = visit.now.replace(hour=0, minute=0, second=0, microsecond=0)
    month = over_month(visit)
    first_day, days = month.span.start, days_text(month)
    states = overview.rule_states(connection, scope, visit.now - timedelta(days=1))
    accounts = account_lines(connection, scope, visit.now)
    seen, seen_over_month = visit.observability(), month.observed_over(month.span)
    query = events_filter(visit)
    into = buckets(visit.span.start, visit.span.end)
    new = sum(state.new for state in states.values())
    return Overview(
        title="Overview",
        now=visit.now,
        practices=_practices(visit, states, overview.lifetimes(connection, scope, first_day.date()), len(accounts)),
        new_findings=filters.number(new),
        new_href=f"/findings?{_query(visit, sort='-first_seen', new='yes', **{'from': 'now-24h'})}",
        urls_alive=_urls_alive(visit),
        urls_href=f"/urls?{_query(visit)}".rstrip("?"),
        chart=_chart(bars.counts(connection, scope, query, into), into, seen),
        chart_note=f"{visit.span.label}, 1 bar = {filters.duration(into.width)}",
        above=_legend(visit, [series.key for series in ABOVE]),
        below=_legend(visit, [series.key for series in BELOW]),
        events_href=f"/events?{_query(visit, **_range(visit.span))}",
        coverage_href=visit.coverage_href(),
        never_read=seen.never_read(),
        readers_href=_every_read(visit, today - timedelta(days=1)),
        readers=tuple(_readers(visit, today - timedelta(days=1))),
        newest=tuple(
            _finding(visit, row) for row in overview.newest_findings(connection, scope, visit.now - NEW_FOR, NEWEST)
        ),
        accounts=tuple(_account(visit, line, seen_over_month, days) for line in accounts),
        account_days=days,
        is_empty=not accounts,
        blind_text=_blind_text(seen),
        broken=_broken(visit, first_day),
        broken_href=f"/coverage?{_query(visit, **{'from': f'now-{DAYS}d'})}",
        assumed=resting(visit, *_RESTS),
    )


def _urls_alive(visit: Visit) -> str:
    """Return how many playback URLs were seen that still open; more may have been issued where nobody could look."""
    found = len(alive_at(visit.connection, visit.scope, visit.now, MOST_URLS + 1))
    return f"{MOST_URLS}+" if found > MOST_URLS else filters.number(found) if found else "none seen"


def _broken(visit: Visit, since: datetime) -> str:
    """Return in which accounts the proof of log files is broken, "" when no break was found."""
    found = worst_accounts(visit.connection, visit.scope, since, visit.now)
    named = [f"{visit.account_name(account)} ({filters.plural(n, 'break')})" for account, n in found]
    return words.listed(named, most=3) if named else ""


def _range(span: Span) -> dict[str, str]:
    """Return the range as other pages take it."""
    return {"from": span.from_text} | ({"to": span.to_text} if span.to_text else {})


def _query(visit: Visit, **more: str) -> str:
    accounts = [("account", value) for value in visit.request.query_params.getlist("account")]
    return urlencode([*accounts, *more.items()])


def events_filter(visit: Visit) -> Filter:
    """Return the filter of the calls that the chart counts: those of the scope and range, our own folded away."""
    pairs = [*_range(visit.span).items()]
    pairs += [("account", arn.account_text(number)) for number in sorted(visit.scope.accounts or ())]
    return parse_filter(pairs, EVENTS, visit.now).filter


def _chart(counts: Iterable[Counts], into: Buckets, seen: Observability) -> Markup:
    rows = laid_out(counts, into, series_of)
    above, below = ([sum(rows.get(s.key, ())) for s in side] for side in (ABOVE, BELOW))
    # The chart's axis is that of the buckets, which may begin before the range.
    span = Span(into.start, into.end, "", "")
    label = (
        f"Calls from {into.start:%d %B %H:%MZ} to {into.end:%d %B %H:%MZ}: {sum(above):,} reads of media above the "
        f"line, {sum(below):,} other calls below it. {_blind_text(seen)}"
    )
    return charts.waterline(
        rows, into.bars, label=label, ticks=time_axis.ticks(span), blinds=seen.over(span).blinds, up=112, down=88
    )


def _blind_text(seen: Observability) -> str:
    if not seen.strips:
        return "No stream is known yet."
    return f"{seen.share} of it could be observed; {filters.plural(seen.holes, 'hole')}."


def _legend(visit: Visit, keys: list[str]) -> tuple[LegendEntry, ...]:
    labels = {series.key: series.label for series in (*ABOVE, *BELOW)}
    return tuple(
        LegendEntry(
            key,
            labels[key],
            "/events?"
            + "&".join([_query(visit, **_range(visit.span)), *(f"action={name}" for name in ACTIONS_OF[key])]),
        )
        for key in keys
    )


def _practices(
    visit: Visit, states: Mapping[str, RuleState], lives: Iterable[Lifetime], accounts: int
) -> tuple[PracticeCard, ...]:
    rules: dict[Practice, list[str]] = {practice: [] for practice in Practice}
    for name, rule in catalogue().rules.items():
        rules[rule.practice].append(name)
    today = visit.now.date()
    lives = tuple(lives)
    return tuple(
        _practice(visit, practice, names, states, [life for life in lives if life.rule in names], accounts, today)
        for practice, names in rules.items()
        if names
    )


def _practice(
    visit: Visit,
    practice: Practice,
    names: list[str],
    states: Mapping[str, RuleState],
    lives: list[Lifetime],
    accounts: int,
    today: date,
) -> PracticeCard:
    found = [states[name] for name in names if name in states]
    count = sum(state.open for state in found)
    new = sum(state.new for state in found)
    levels = _levels(lives, today)
    is_evaluated = any(state.runs for state in found) or count > 0
    label = f"{words.PRACTICES[practice]}: open findings over 30 days, {levels[-1]} now, {max(levels)} at most"
    note, is_blind = _note(found, len(names), accounts)
    return PracticeCard(
        name=f"{practice.value} · {words.PRACTICES[practice]}",
        href="/findings?" + "&".join(filter(None, [_query(visit), *(f"rule={name}" for name in names)])),
        open=filters.number(count) if is_evaluated else "?",
        new=filters.number(new) if new else "",
        note=note,
        is_blind=is_blind,
        chart=charts.spark(levels, label=label, height=22),
    )


def _note(found: list[RuleState], rules: int, accounts: int) -> tuple[str, bool]:
    """Return what to say under a practice's number, and whether it tells of something that nobody could check."""
    failed = sum(state.failed > 0 for state in found)
    cannot_tell = sum(state.cannot_tell for state in found)
    missing = rules * accounts - sum(state.runs for state in found)
    if not any(state.runs for state in found):
        return "not evaluated yet", True
    if failed:
        return f"{filters.plural(failed, 'rule')} failed: no answer there", True
    if cannot_tell:
        return f"{filters.plural(cannot_tell, 'check')} cannot tell", True
    if missing > 0:
        return f"{filters.plural(missing, 'check')} not made yet", True
    checked = sum(state.checked or 0 for state in found)
    return (f"all {filters.number(checked)} checks answered" if checked else f"all {rules} rules answered"), False


def _levels(lives: list[Lifetime], today: date) -> list[int]:
    """Return how many findings were there on each of the last days."""
    days = [today - timedelta(days=DAYS - 1 - n) for n in range(DAYS)]
    return [
        sum(life.n for life in lives if life.opened <= day and (life.resolved is None or life.resolved > day))
        for day in days
    ]


def _finding(visit: Visit, row: NewFinding) -> FindingRow:
    rule = catalogue().rules.get(row.rule)
    return FindingRow(
        severity=row.severity.value,
        title=rule.title if rule else row.rule,
        href=f"/findings/{row.id}",
        detail=row.message or name_of(row.subject),
        account=visit.account_name(row.account_id),
        account_href=visit.account_page(row.account_id),
        first_seen_at=row.first_seen_at,
        more=f"{filters.number(row.n - 1)} more" if row.n > 1 else "",
        more_href=f"/findings?{_query(visit, rule=row.rule)}",
    )


def _every_read(visit: Visit, since: datetime) -> str:
    """Return all answered reads of media of the scope, by caller: the list has those who read most."""
    accounts = [("account", arn.account_text(number)) for number in sorted(visit.scope.accounts or ())]
    return to_timeline([*accounts, *_reads(since)]) + "&stack=principal"


def _reads(since: datetime) -> Pairs:
    return [("outcome", "ok"), *EVERY_CALL, ("from", iso(since)), *of_actions(MEDIA_READ)]


def _readers(visit: Visit, since: datetime) -> Iterator[ReaderRow]:
    found = overview.readers(visit.connection, visit.scope, since.date(), READERS)
    people = overview.people(visit.connection, visit.scope, found, since)
    for row in found:
        yield _reader(visit, row, people.get((row.account_id, row.principal_id), NOBODY), since)


def _reader(visit: Visit, row: Reader, behind: People, since: datetime) -> ReaderRow:
    many = row.streams > 1
    account = ("account", arn.account_text(row.account_id))
    reads = [account, ("principal", row.arn), *_reads(since)]
    shown = behind.persons[:PEOPLE]
    hidden = len(behind.persons) - len(shown)
    return ReaderRow(
        name=short(row.principal) if row.principal else "not told",
        href=f"/principals/{row.principal_id}",
        kind=row.kind.replace("_", " "),
        account=visit.account_name(row.account_id),
        account_href=visit.account_page(row.account_id),
        people=tuple((person, to_timeline([*reads, ("person", person)])) for person in shown),
        more=(f"{hidden:,} more" if hidden else "perhaps others") if hidden or behind.is_more else "",
        stream=f"{filters.number(row.streams)} streams" if many else row.stream,
        # No page lists these many alone, and a number leads to what it counts or nowhere.
        stream_href=f"/streams/{row.stream_id}" if row.stream_id and not many else "",
        reads=filters.number(row.reads),
        reads_href=to_timeline(reads),
    )


def _account(visit: Visit, line: AccountLine, month: Observability, days: str) -> AccountCard:
    row, reads, rest = line.row, line.reads, line.rest
    blinds = month.media_blinds(row.account_id, is_polled=row.polled_at is not None)
    label = f"{row.name}: {calls_said(reads, rest, blinds)}, {days}"
    return AccountCard(
        name=row.name,
        href=account_href(row.account_id),
        chart=charts.spark(reads, rest, label=label, height=20, kind="live", low="put", blinds=blinds),
        polled_at=row.polled_at,
        is_stale=row.polled_at is None or visit.now - row.polled_at > STALE_AFTER,
        unseen=f"{filters.plural(row.unseen, 'part')} unseen" if row.unseen else "",
    )
