"""`/streams/{id}`: who may watch and write this stream, who did, and when nobody could look."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from app.core import arn
from app.core.assumptions._assumption import Rests
from app.core.assumptions._calls import SIGNALING_CALLS, STREAM_CALLS
from app.core.coverage.observe import ActionClass
from app.core.coverage.seen import share_of
from app.core.kvs.actions import MEDIA_READ
from app.core.matrix.cells import BIT, Cell, bits_of
from app.core.query.filter import AT, parse
from app.core.query.listing import MATRIX
from app.core.retention import Dropped
from app.core.timeline.buckets import floor
from app.core.timeline.days import days_of
from app.db.queries import findings, stream_pages
from app.db.queries.account_page import PolicyProblem
from app.db.queries.findings import FindingRow
from app.db.queries.grants import holders
from app.db.queries.narrowed_streams import of_row
from app.db.queries.retention import dropped
from app.db.queries.stream_pages import DayUse, StreamRow
from app.services.read_access import access_in
from app.services.read_matrix import Row as MatrixRow
from app.services.read_matrix import read_matrix
from app.services.read_streams import stream_of
from app.services.read_viewing import read_viewing
from app.services.read_ways import MOST_ASKED, closed_roles, ways_of
from app.services.review_access import NOTHING
from app.web import charts, filters, time_axis, viewers, words
from app.web.aliases import alias
from app.web.as_it_was import Was, stream_then, unlisted
from app.web.as_of import AsOfView, as_of_view
from app.web.assumed import Resting, resting
from app.web.filmed import FilmedView, filmed_view
from app.web.horizon import DAY, Observability, narrowed
from app.web.matrix_drawer import named_as
from app.web.matrix_uses import use_text
from app.web.names import short
from app.web.series import SERIES, series_of
from app.web.standing import Standing
from app.web.time_axis import Tick
from app.web.visit import Visit, first_of, visiting
from app.web.watched import WatchedView, watched_view
from app.web.way_out import Inputs, Way
from app.web.ways import WaysView, through_each, ways_view
from app.web.ways_out import ways_out
from app.web.whole_days import calls_href, days_text

router = APIRouter()
MOST_DAYS_OF_USE = 5000
MOST_LANES = 40
MOST_PRINCIPALS = 100
MOST_NAMED_IN = 20

COLUMNS: dict[str, tuple[tuple[str, bool, tuple[str, ...]], ...]] = {
    "stream": (
        ("Live", True, ("GetMedia",)),
        ("Archive", True, ("GetMediaForFragmentList", "GetClip", "GetImages")),
        ("URL", True, ("GetHLSStreamingSessionURL", "GetDASHStreamingSessionURL")),
        ("Write", False, ("PutMedia",)),
        ("Delete, retention", False, ("DeleteStream", "UpdateDataRetention")),
    ),
    "channel": (
        ("View", True, ("ConnectAsViewer", "SendAlexaOfferToMaster")),
        ("View recording", True, ("JoinStorageSessionAsViewer",)),
        ("Send", False, ("ConnectAsMaster",)),
        ("Delete", False, ("DeleteSignalingChannel",)),
    ),
}
"""The columns of "who may": heading, whether it shows video, the actions behind it: those of a review."""
_OWN_HEADINGS = {"DeleteStream": "Delete", "UpdateDataRetention": "Retention"}
"""Of actions that share a column."""
STRONGEST = (
    Cell.USED, Cell.GONE, Cell.UNUSED, Cell.UNOBSERVABLE, Cell.CONDITIONAL, Cell.PER_DEVICE, Cell.UNKNOWN, Cell.DENIED,
)  # fmt: skip
"""Of several actions in one column the first of these is shown, of those that were used if any was."""
Judged = tuple[MatrixRow, dict[str, str]]
"""A row of the matrix with its letters by action."""
_RANK = {state.value: place for place, state in enumerate(STRONGEST)}
ASKED, ISSUED, FILMED, TRIED = (
    "Asked for video, and AWS answered",
    "URL issued to",
    "Filmed",
    "Tried, and got nothing",
)
HEADINGS = (ASKED, ISSUED, FILMED, TRIED)
"""What the lanes of days stand under, in this order."""
WARM = frozenset(series.key for series in SERIES if series.is_above)
CLASSES = {
    "stream": frozenset({ActionClass.READ, ActionClass.WRITE}),
    "channel": frozenset({ActionClass.SIGNALING}),
}
_READS = {kind: frozenset(classes - {ActionClass.WRITE}) for kind, classes in CLASSES.items()}
_CALLS = {"stream": STREAM_CALLS, "channel": SIGNALING_CALLS}
_RESTS = (
    Rests.FOOTAGE, Rests.STREAM, Rests.KEPT, Rests.COVERAGE, Rests.REFUSED, Rests.URL, Rests.VIEWERS,
    Rests.DEVICE, Rests.PERSON, Rests.APP_USER, Rests.ONCE, Rests.CONNECTIONS, Rests.REMADE,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Lane:
    """What one principal did on the stream with one kind of call."""

    heading: str
    who: str
    href: str
    detail: str
    chart: Markup
    calls: str
    calls_href: str
    days: str


@dataclass(frozen=True, slots=True)
class May:
    """One cell of "who may"; `told` says besides how often and when it was used."""

    state: str
    is_warm: bool
    label: str
    told: str
    href: str


@dataclass(frozen=True, slots=True)
class MayRow:
    """What one principal may do with the stream; `through` says who gets to watch through it, where it is a role.

    `last` is when it last read in the whole days of the range, `did` what else it did and when it last did.
    """

    who: str
    href: str
    kind: str
    through: str
    cells: tuple[May | None, ...]
    last: datetime | None
    did: tuple[tuple[str, datetime], ...]


@dataclass(frozen=True, slots=True)
class Found:
    """A finding about this stream."""

    severity: str
    title: str
    href: str
    message: str


@dataclass(frozen=True, slots=True)
class CoverRow:
    """The coverage of one class of calls."""

    label: str
    strip: Markup
    share: str
    reason: str


@dataclass(frozen=True, slots=True)
class StreamView:
    """What the page prints."""

    title: str
    name: str
    alias: str
    kind: str
    account: str
    digits: str
    region: str
    badges: tuple[str, ...]
    summary: str
    assumed: Resting | None
    row: StreamRow
    unlisted: str
    now: datetime
    axis: Markup
    lanes: tuple[Lane, ...]
    days: str
    span: str
    lanes_note: str
    legend: tuple[tuple[str, str], ...]
    watched: WatchedView
    filmed: FilmedView
    ways_out: tuple[Way, ...]
    columns: tuple[tuple[str, str], ...]
    may: tuple[MayRow, ...]
    no_reads: str
    may_note: str
    may_more: str
    through: WaysView
    through_note: str
    matrix_href: str
    events_href: str
    statement_href: str
    review_href: str
    coverage_href: str
    findings: tuple[Found, ...]
    named_in: tuple[Found, ...]
    named_more: str
    coverage: tuple[CoverRow, ...]
    keys: tuple[tuple[str, str], ...]
    blind_text: str
    as_of: AsOfView


@router.get("/streams/{stream_id:int}", include_in_schema=False)
def show(request: Request, stream_id: int) -> Response:
    """Show one stream or channel."""
    with visiting(request, takes=("footage",), has_at=True) as visit:
        row = stream_pages.stream_row(visit.connection, visit.scope, stream_id) if stream_id < 2**31 else None
        if row is None:
            raise HTTPException(404, f"There is no stream {stream_id} here.")
        if row.arn is None and (known := stream_pages.namesake(visit.connection, visit.scope, row)) is not None:
            # Calls that name a stream without its ARN are of this one: a page of theirs would say that nobody reads it.
            asked = f"?{request.url.query}" if request.url.query else ""
            return RedirectResponse(f"/streams/{known}{asked}", 307)
        if first_of(request, "footage"):
            # Who asked for an interval of video, and whether nobody did, is what the statement tells.
            return RedirectResponse(f"/streams/{row.id}/statement?{request.url.query}", 307)
        everything = _observability(visit, row)
        seen = narrowed(everything, row.account_id, row.region, CLASSES[row.kind])
        return visit.page(
            "pages/stream.html", _view(visit, row, seen, everything), account=row.account_id, horizon=seen
        )


def _observability(visit: Visit, row: StreamRow) -> Observability:
    """Return what was observable of a stream or channel; that of its Region where nobody ever told its ARN."""
    if row.arn is None:
        return visit.observability(row.account_id)
    return visit.observability_of(stream_of(row, row.arn), row.account_id)


def _view(visit: Visit, row: StreamRow, seen: Observability, everything: Observability) -> StreamView:
    connection, scope, span = visit.connection, visit.scope, visit.span
    days = days_of(span.start, span.end)
    known = stream_pages.day_uses(connection, scope, row, days, MOST_DAYS_OF_USE + 1, visit.past)
    uses = known[-MOST_DAYS_OF_USE:]
    since = uses[0].day if len(known) > len(uses) else None
    left_out = f"; of too many days of use those before {since} are left out" if since else ""
    access = access_in(connection, scope, row.account_id, visit.past)
    rows, is_unjudged = _matrix_rows(visit, row, everything)
    was = Was(row) if visit.at is None else stream_then(row, access.then, is_unjudged=is_unjudged)
    row = was.row
    standing = Standing(was, access.is_evaluated, is_unjudged, is_past=visit.at is not None)
    columns = COLUMNS[row.kind]
    gone = dropped(connection, "event")
    is_of_days = _is_of_whole_days(visit, gone)
    range_text = f"the whole days of {span.label}" if is_of_days else span.label
    answered = tuple(_answered_within(visit, row, uses, is_of_days=is_of_days))
    reads = [use for use in answered if use.action in MEDIA_READ]
    ticks = time_axis.ticks(span)
    lanes, lanes_more = _lanes(visit, row, uses, seen, ticks)
    about = findings.findings_about(connection, scope, row.account_id, [row.arn]) if row.arn else ()
    own = scope.narrowed(frozenset({row.account_id}))
    named = findings.findings_naming(connection, own, row.arn) if row.arn else ()
    viewing = read_viewing(connection, visit.user.scope, row, span.start, span.end, onboarded=_onboarded(visit))
    watchers = (
        access.then.holders(row.arn or "", MEDIA_READ)
        if access.then
        else holders(connection, scope, row.account_id, row.id, MEDIA_READ)
    )
    ways = ways_of(connection, scope, watchers, visit.past, MOST_ASKED)
    # As of a time that would be one more question to each role.
    closed = frozenset[str]() if visit.at else closed_roles(connection, scope, watchers)
    # Where nobody could judge, whoever did nothing is one of many of whom it is not known.
    may = [
        one
        for one in rows
        if any(one[1].get(action, Cell.EMPTY) not in NOTHING for _, _, actions in columns for action in actions)
        and (not is_unjudged or Cell.USED in one[1].values())
    ]
    return StreamView(
        title=row.name,
        name=row.name,
        alias=alias(row),
        kind="channel" if row.kind == "channel" else "stream",
        account=visit.account_name(row.account_id),
        digits=arn.account_text(row.account_id),
        region=row.region,
        badges=(was.absence,) if was.absence else _badges(row),
        summary=_summary(visit, standing, access.problems, rows, reads, seen, closed, since, range_text),
        assumed=resting(visit, *_RESTS, calls=_CALLS[row.kind]),
        row=row,
        unlisted=unlisted(was),
        now=visit.now,
        axis=charts.axis(ticks),
        lanes=lanes,
        days=days_text(visit),
        span=range_text,
        lanes_note=f"{days_text(visit)}; each bar from the first to the last call of a day{left_out}{lanes_more}",
        legend=tuple((s.key, s.label) for s in SERIES if any(series_of(use.action) == s.key for use in uses)),
        watched=watched_view(visit, row, viewing, _no_session(reads, gone, seen, range_text)),
        filmed=filmed_view(visit, row, viewing, seen),
        ways_out=()
        if visit.at
        else ways_out(visit, row, Inputs(viewing, answered, watchers, ways, everything, access.is_evaluated, since)),
        columns=tuple((heading.partition(", ")[0], heading.partition(", ")[2]) for heading, _, _ in columns),
        may=tuple(_may_rows(visit, row, may[:MOST_PRINCIPALS], _last_uses(uses), closed, through_each(visit, ways))),
        no_reads=narrowed(everything, row.account_id, row.region, _READS[row.kind]).none,
        may_note=standing.note or ("" if may else "No role and no user of this account is granted anything here."),
        may_more=filters.number(len(may) - MOST_PRINCIPALS) if len(may) > MOST_PRINCIPALS else "",
        through=ways_view(visit, ways),
        through_note=standing.unknown or _through_note(watchers),
        matrix_href=visit.then(f"/matrix?{urlencode(_in_matrix(row))}"),
        events_href=f"/events?{urlencode([*_on_it(row), *_range(visit)])}",
        review_href=_review(visit, row),
        statement_href=f"/streams/{row.id}/statement?{urlencode(_range(visit))}",
        coverage_href=visit.coverage_href(row.account_id),
        findings=tuple(_found(one) for one in about),
        named_in=tuple(_found(one) for one in named[:MOST_NAMED_IN]),
        named_more=filters.number(len(named) - MOST_NAMED_IN) if len(named) > MOST_NAMED_IN else "",
        coverage=_coverage(seen),
        keys=tuple((letter, words.CELLS[letter]) for letter in "UGBCDRX?"),
        blind_text=_blind_text(seen),
        as_of=as_of_view(visit, {row.account_id: access.then.as_of} if access.then else {}),
    )


def _onboarded(visit: Visit) -> frozenset[int]:
    return frozenset(account for account, _ in visit.accounts)


def _range(visit: Visit) -> list[tuple[str, str]]:
    return [("from", visit.span.from_text), *([("to", visit.span.to_text)] if visit.span.to_text else [])]


def _on_it(row: StreamRow) -> list[tuple[str, str]]:
    return [("account", arn.account_text(row.account_id)), *viewers.on_stream(row.arn, row.name, row.region)]


def _review(visit: Visit, row: StreamRow) -> str:
    """Return the review of the range that was asked for; else of its own, which is a quarter."""
    is_asked = {"from", "to"} & visit.request.query_params.keys()
    return visit.then(f"/streams/{row.id}/review" + (f"?{urlencode(_range(visit))}" if is_asked else ""))


def _in_matrix(row: StreamRow) -> list[tuple[str, str]]:
    return [("account", arn.account_text(row.account_id)), ("stream", row.arn or row.name)]


def _matrix_rows(visit: Visit, row: StreamRow, everything: Observability) -> tuple[list[Judged], bool]:
    """Return the rows of the matrix for this stream, each with its letters by action; whether nobody could judge it."""
    account = ("account", arn.account_text(row.account_id))
    asked = [account, *_range(visit), *([(AT, visit.at_text)] if visit.at else [])]
    query = of_row(parse(asked, MATRIX, visit.now).filter, row)
    seen = narrowed(everything, row.account_id, row.region, frozenset(ActionClass))
    found = read_matrix(visit.connection, visit.scope, query, seen.strips)
    rows = [(one, dict(zip(found.columns, one.cells, strict=True))) for one in found.rows]
    return rows, row.account_id in found.unjudged


def _through_note(watchers: Collection[str]) -> str:
    """Return what stands where nobody was found to get there through a role; `watchers` are granted it themselves."""
    return "Nobody: whoever may watch is granted it directly." if watchers else "Nobody: no one may watch it."


def _badges(row: StreamRow) -> tuple[str, ...]:
    if row.status is None:
        return ("named by calls only; no inventory knows it",)
    badges = [] if row.status == "ACTIVE" else [row.status.lower()]
    if row.removed_at:
        badges.append(f"gone since {row.removed_at:%Y-%m-%d}")
    if row.kind == "stream":
        hours = row.retention_hours
        kept = "retention not read" if hours is None else "keeps nothing" if hours == 0 else f"kept {_length(hours)}"
        key = row.kms_key_id or ""
        badges += [kept, "AWS managed key" if not key or "alias/aws/kinesisvideo" in key else "customer key"]
    elif row.channel_type:
        badges.append(row.channel_type.replace("_", " ").lower())
    if row.tags is None:
        badges.append("tags not read")
    badges += [f"owner {row.owner}"] if row.owner else []
    badges += [f"{key}={value}" for key, value in sorted((row.tags or {}).items())]
    return tuple(badges)


def _length(hours: int) -> str:
    return f"{hours // 24} d" if hours % 24 == 0 else f"{hours} h"


def _summary(
    visit: Visit,
    standing: Standing,
    problems: Collection[PolicyProblem],
    rows: list[Judged],
    reads: list[DayUse],
    seen: Observability,
    closed: Collection[str],
    since: date | None,
    range_text: str,
) -> str:
    """Answer in the first sentence: how many may, how many did, and how much of the time could be looked at.

    A role counts that is granted it, also one that is `closed`: nobody is known to get into it. `since`: the first day
    that was looked through for those who did, None where all of the range was.
    """
    reads_of_media = bits_of(MEDIA_READ)
    # What was used may not be granted, for all that is known: its letter does not tell.
    bits = {one.principal.arn: one.principal.bits for one, _ in rows if not one.principal.is_of_elsewhere}
    granted = {arn for arn, own in bits.items() if (own.allow | own.conditional | own.per_device) & reads_of_media}
    may, shut = len(granted), sum(arn in closed for arn in granted)
    unknown = sum(bool(own.unknown & reads_of_media) for arn, own in bits.items() if arn not in granted)
    verb = "might" if visit.at else "may"
    told = f"{filters.plural(may, 'principal')} {verb} watch it{_shut(shut)}{words.unknown(unknown, problems)}."
    first = standing.told or told
    watched = len({use.principal_id for use in reads})
    within = f"{words.by_logs(is_past=visit.at is not None)} {range_text}"
    did = (
        f"{within} {'at least ' if since else ''}{words.let_in(watched)}."
        if watched
        else f"{f'Since {since}' if since else within} nobody was seen to."
    )
    return f"{first} {did} {_blind_text(seen)}"


def _no_session(reads: Collection[DayUse], gone: Dropped | None, seen: Observability, range_text: str) -> str:
    if reads and gone is not None and all(use.day < gone.before.date() for use in reads):
        return f"Reads of {range_text} are counted, as above, and the calls are not kept any more."
    # Calls by its name alone may be of another stream that had the name: they are counted, and in no session.
    what = "No reading call that names no other stream" if reads else "No reading call"
    return f"{what} was seen in {seen.span.label}. {_blind_text(seen)}"


def _shut(count: int) -> str:
    if not count:
        return ""
    return f", {words.small(count)} of them {'a role' if count == 1 else 'roles'} that nobody is known to get into"


def _blind_text(seen: Observability) -> str:
    if seen.strips and seen.is_dark:
        return "None of the time could be observed, so who watched cannot be known."
    return seen.sentence


def _lanes(
    visit: Visit, row: StreamRow, uses: Iterable[DayUse], seen: Observability, ticks: tuple[Tick, ...]
) -> tuple[tuple[Lane, ...], str]:
    """Return the lanes that are shown, and how many more there are, in words."""
    by_key: dict[tuple[str, str, int], list[DayUse]] = {}
    for use in uses:
        series = series_of(use.action)
        if series in {"ask", "change"}:
            continue
        if use.calls > use.errors:
            by_key.setdefault((_heading(series), series, use.principal_id), []).append(use)
        if use.errors:
            by_key.setdefault((TRIED, series, use.principal_id), []).append(use)
    order = {series.key: place for place, series in enumerate(SERIES)}
    keys = sorted(by_key, key=lambda key: (HEADINGS.index(key[0]), order[key[1]], -_calls(by_key[key], key[0])))
    lanes, heading = [], ""
    for own, series, principal in keys[:MOST_LANES]:
        lane = _lane(visit, row, by_key[own, series, principal], series, own, seen, ticks)
        lanes.append(lane if own != heading else replace(lane, heading=""))
        heading = own
    more = len(keys) - len(lanes)
    return tuple(lanes), f"; {filters.plural(more, 'more is', 'more are')} not drawn" if more else ""


def _heading(series: str) -> str:
    """Return what answered calls did, and no more than AWS can know."""
    if series == "url":
        return ISSUED
    return ASKED if series in WARM else FILMED


def _calls(uses: Iterable[DayUse], heading: str) -> int:
    return sum(use.errors if heading == TRIED else use.calls - use.errors for use in uses)


def _lane(
    visit: Visit,
    row: StreamRow,
    uses: list[DayUse],
    series: str,
    heading: str,
    seen: Observability,
    ticks: tuple[Tick, ...],
) -> Lane:
    first = uses[0]
    bars = [(visit.span.fraction(use.first_seen), visit.span.fraction(use.last_seen), series) for use in uses]
    calls = _calls(uses, heading)
    days = len({use.day for use in uses})
    label = next(s.label for s in SERIES if s.key == series)
    issued = "; who opened the URL is not logged" if heading == ISSUED else ""
    return Lane(
        heading=heading,
        who=short(first.principal or first.arn),
        href=visit.then(f"/principals/{first.principal_id}"),
        detail=f"{label}{issued}",
        chart=charts.lane(
            bars,
            label=f"{short(first.principal or first.arn)}: {calls:,} calls of {label} on {days} days",
            blinds=seen.blinds,
            lines=[tick.at for tick in ticks],
            height=36,
        ),
        calls=filters.number(calls),
        calls_href=calls_href(
            visit,
            [
                *_on_it(row),
                ("principal", first.arn or first.principal),
                ("outcome!" if heading == TRIED else "outcome", "ok"),
            ],
            {use.action for use in uses},
        ),
        days=filters.number(days),
    )


def _last_uses(uses: Iterable[DayUse]) -> dict[int, dict[str, datetime]]:
    """Return when each principal, by its id, was last seen to call what, and answered."""
    last: dict[int, dict[str, datetime]] = {}
    for use in uses:
        if use.last_answered is None:
            continue
        at = min(use.last_answered, datetime.combine(use.day + DAY, time(), UTC))
        own = last.setdefault(use.principal_id, {})
        own[use.action] = max(at, own.get(use.action, at))
    return last


def _answered_within(visit: Visit, row: StreamRow, uses: Collection[DayUse], *, is_of_days: bool) -> Iterator[DayUse]:
    """Yield what AWS answered in the range itself, which may begin or end within a day; one to now has no end.

    A day that goes on after the range tells only of its last call: of that one the calls do, as long as they are kept.
    """
    span = visit.span
    end = span.end if span.to_text else datetime.max.replace(tzinfo=UTC)
    within = [use for use in uses if use.last_answered and use.last_answered >= span.start and use.first_seen < end]
    going_on = {(use.principal_id, use.action) for use in within if use.last_answered and use.last_answered >= end}
    if not going_on or is_of_days:
        yield from within
        return
    since = max(span.start, floor(span.end, DAY))
    found = stream_pages.answered_last(visit.connection, visit.scope, row, since, end, going_on)
    for use in within:
        if not use.last_answered or use.last_answered < end:
            yield use
        elif at := found.get((use.principal_id, use.action)):
            yield replace(use, last_answered=at)


def _is_of_whole_days(visit: Visit, gone: Dropped | None) -> bool:
    """Whether the range begins or ends within a day of which only counts are kept: nobody knows when in it."""
    span = visit.span
    ends = (span.start, span.end) if span.to_text else (span.start,)
    return gone is not None and any(floor(end, DAY) < min(end, gone.before) for end in ends)


def _last(uses: Mapping[str, datetime], actions: Iterable[str]) -> datetime | None:
    return max((uses[name] for name in actions if name in uses), default=None)


def _may_rows(
    visit: Visit,
    row: StreamRow,
    rows: Iterable[Judged],
    last: Mapping[int, Mapping[str, datetime]],
    closed: Collection[str],
    through: Mapping[str, str],
) -> Iterator[MayRow]:
    cell_of = f"/matrix?{urlencode(_in_matrix(row))}&cell="
    for one, cells in rows:
        principal, uses = one.principal, last.get(one.principal.id, {})
        did = ((heading, _last(uses, actions)) for heading, is_warm, actions in COLUMNS[row.kind] if not is_warm)
        kind = words.kind(principal.kind)
        of_them = f"{cell_of}{named_as(principal)}%2C"
        yield MayRow(
            who=short(principal.name),
            href=visit.then(f"/principals/{principal.id}"),
            kind=f"{kind}; nobody is known to get into it" if principal.arn in closed else kind,
            through="" if principal.arn in closed else through.get(principal.arn, ""),
            cells=tuple(_may(visit, of_them, (one, cells), column) for column in COLUMNS[row.kind]),
            last=_last(uses, MEDIA_READ),
            did=tuple((heading, at) for heading, at in did if at is not None),
        )


def _may(visit: Visit, of_them: str, of: Judged, column: tuple[str, bool, tuple[str, ...]]) -> May | None:
    heading, is_warm, actions = column
    found = _strongest(of, actions)
    if found is None:
        return None
    state, action = found
    label = f"{_OWN_HEADINGS.get(action, heading)}: {words.CELLS[state]}"
    use = of[0].principal.uses.get(action)
    told = f"{label}{use_text(state, [use] if use else [], '')}"
    return May(state.value, is_warm, label, told, visit.then(f"{of_them}{action}"))


def _strongest(of: Judged, actions: tuple[str, ...]) -> tuple[Cell, str] | None:
    """Return the state that says most of some actions, and the one that has it; None: they may call none of them.

    What was used comes first: a conditional grant stays one where it was used, and must not hide behind an unused one.
    """
    row, cells = of
    used = row.principal.bits.used
    told = [
        (not used & BIT[action], _RANK[cells[action]], place)
        for place, action in enumerate(actions)
        if cells.get(action) in _RANK
    ]
    if not told:
        return None
    _, rank, place = min(told)
    return STRONGEST[rank], actions[place]


def _found(row: FindingRow) -> Found:
    return Found(row.finding.severity.value, row.finding.message, f"/findings/{row.id}", row.finding.rule)


def _coverage(seen: Observability) -> tuple[CoverRow, ...]:
    rows = []
    for strip in seen.strips:
        reason = strip.main_reason
        share = share_of(strip)
        drawn = charts.strip(charts.stretches(strip, seen.span), label=f"{words.CLASSES[strip.kind]}: {share} observed")
        rows.append(CoverRow(words.CLASSES[strip.kind], drawn, share, reason))
    return tuple(rows)
