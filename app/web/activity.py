"""What was done with a key, from an address or by a principal, ready to be drawn: lanes over time, calls, who and how.

The pages of keys and addresses are the same parts around another question.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from app.core import arn
from app.core.coverage.seen import seen_over
from app.core.kvs.actions import MEDIA_READ
from app.core.query.filter import Problem, encoded
from app.db.queries.activity import MOST_CALLS, Activity, Asked, Use, accounts_called, accounts_named, activity
from app.services.read_principals import MEDIA
from app.web import charts, filters, time_axis, viewers
from app.web.horizon import Observability
from app.web.identity_links import address_href, key_href, person_href
from app.web.names import short
from app.web.series import SERIES, series_of
from app.web.shell import with_query
from app.web.time_axis import Tick
from app.web.visit import LONGEST_TOLD, Visit, first_of
from app.web.whole_days import EVERY_CALL

BARS = 160
MOST_LANES = 12
MOST_DONE = 40
MOST_VALUES = 10
NO_READS = "none of them read media"
ALL, YES = "all", "yes"
"""What of a URL asks for all of the lists of a page."""


@dataclass(frozen=True, slots=True)
class Value:
    """A name and how to go there, in the words of a table's cell; `href` is "" where it has no page."""

    text: str
    href: str = ""
    sub: str = ""


@dataclass(frozen=True, slots=True)
class Lane:
    """The calls of one kind of one value, drawn over the range."""

    value: Value
    chart: Markup
    calls: str


@dataclass(frozen=True, slots=True)
class Done:
    """The calls of one action on one stream; `href` is the timeline of them."""

    action: str
    series: str
    href: str
    stream: str
    stream_href: str
    calls: str
    errors: str
    failed: str
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Line:
    """One value beside the calls that have it."""

    value: Value
    calls: str
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Group:
    """The values of one kind: the addresses of a key, the keys from an address."""

    title: str
    lines: tuple[Line, ...]
    more: str
    more_href: str


@dataclass(frozen=True, slots=True)
class ActivityView:
    """What templates/partials/_activity.html prints. `note` says what was left out of the counts."""

    heading: str
    axis: Markup
    lanes: tuple[Lane, ...]
    lanes_more: str
    legend: tuple[tuple[str, str], ...]
    done: tuple[Done, ...]
    done_more: str
    more_href: str
    groups: tuple[Group, ...]
    note: str
    events_href: str
    coverage_href: str
    blind_text: str


Picks = Callable[[Use], Value | None]


def asked_of(
    visit: Visit,
    column: str,
    value: str | int,
    accounts: frozenset[int] | None = None,
    *,
    most: int = MOST_CALLS,
    bars: int = 0,
) -> Activity:
    """Return what was done in the page's range with one value of a column of the calls, by the newest of them.

    `bars` is how finely it can be drawn, 0: it is not.
    """
    width = visit.span.length / bars if bars else None
    asked = Asked(column, value, visit.span.start, visit.span.end, accounts, width)
    return activity(visit.connection, visit.scope, asked, most)


def asked_everywhere(visit: Visit, column: str, value: str | int, *, most: int = MOST_CALLS, bars: int = 0) -> Activity:
    """Return the same of a key or a principal, which may call in other accounts than its own, too."""
    span = visit.span
    accounts = accounts_called(visit.connection, visit.scope, column, value, span.start, span.end)
    if not accounts:
        return Activity((), None, is_cut=False)
    return asked_of(visit, column, value, accounts, most=most, bars=bars)


def activity_view(
    visit: Visit,
    found: Activity,
    seen: Observability,
    about: tuple[str, str],
    heading: str,
    lane_of: Picks,
    groups: Iterable[tuple[str, Picks]],
    account: int | None = None,
) -> ActivityView:
    """Return the parts; `about` is the field of the timeline that names the subject, with its value.

    `account` is the one that `seen` is of; None: all.
    """
    ticks = time_axis.ticks(visit.span)
    lanes, lanes_more = _lanes(visit, found.uses, seen, ticks, lane_of)
    done, done_more = _done(visit, found.uses, about)
    present = {series_of(use.action) for use in found.uses}
    return ActivityView(
        heading=heading,
        axis=charts.axis(ticks),
        lanes=lanes,
        lanes_more=lanes_more,
        legend=tuple((series.key, series.label) for series in SERIES if series.key in present),
        done=done,
        done_more=done_more,
        more_href=whole_href(visit),
        groups=tuple(group_of(visit, title, found.uses, pick) for title, pick in groups),
        note=f"Counted are the newest {found.calls:,} of more calls." if found.is_cut else "",
        events_href=_timeline(visit, found.uses, about),
        coverage_href=visit.coverage_href(account),
        blind_text=seen.sentence,
    )


def is_whole(visit: Visit) -> bool:
    """Return whether all of the page's lists is asked for."""
    return first_of(visit.request, ALL) == YES


def whole_href(visit: Visit) -> str:
    """Return the page with all of its lists."""
    return with_query(visit.request, **{ALL: YES})


def asked_whole(visit: Visit) -> Visit:
    """Return the visit with what is wrong where something else than all is asked for."""
    text = first_of(visit.request, ALL)
    return visit.complaining(Problem(ALL, text[:LONGEST_TOLD], f"is not {YES}")) if text not in {"", YES} else visit


def reads_of(uses: Iterable[Use]) -> int:
    """Return how many of the calls were answered with media, or with a way to it."""
    return sum(use.calls - use.errors for use in uses if use.action in MEDIA_READ)


def counted(found: Activity) -> str:
    """Return "91 calls", or "2,000 or more calls"."""
    return f"{found.calls:,} or more calls" if found.is_cut else filters.plural(found.calls, "call")


def did(found: Activity, seen: Observability) -> str:
    """Return "91 calls on 2 streams, 86 of them read media, the first 11-28 02:09Z, the last 11-28 03:03Z".

    A stream that calls named with its ARN and by its name alone is one. That none read media is not said of accounts
    whose reads nobody could see.
    """
    reads, streams = reads_of(found.uses), {use.stream_id for use in found.uses if use.stream_id}
    own = {use.account_id for use in found.uses}
    strips = (strip for strip in seen.strips if strip.account in own and strip.kind in MEDIA)
    none = "reads of media not observable" if seen_over(strips, seen.span.start, seen.span.end).is_dark else NO_READS
    media = f"{filters.number(reads)} of them read media" if reads else none
    last = max(use.last_at for use in found.uses)
    return (
        f"{counted(found)} on {filters.plural(len(streams), 'stream')}, {media}, "
        f"the first {found.first_at:%m-%d %H:%MZ}, the last {last:%m-%d %H:%MZ}"
    )


# ---------------------------------------------------------------- what a call says
def by_address(use: Use) -> Value | None:
    """Return where it came from."""
    return Value(use.address, address_href(use.address)) if use.address else None


def by_user_agent(use: Use) -> Value | None:
    """Return with what program it says it was made."""
    return Value(use.user_agent) if use.user_agent else None


def by_endpoint(use: Use) -> Value | None:
    """Return through which VPC endpoint it came."""
    return Value(use.vpc_endpoint_id) if use.vpc_endpoint_id else None


def by_key(use: Use) -> Value | None:
    """Return the key or session that it was made with."""
    if not use.access_key:
        return None
    return Value(use.access_key, key_href(use.access_key), use.session_name or "")


def by_principal(use: Use) -> Value | None:
    """Return the role or user that it was made as."""
    if not use.principal_id:
        return None
    return Value(short(use.principal or use.principal_arn), f"/principals/{use.principal_id}")


def by_caller(use: Use) -> Value | None:
    """Return whom it was made by: the person that the record names, else the session of a principal."""
    principal = short(use.principal or use.principal_arn) or "unknown"
    href = f"/principals/{use.principal_id}" if use.principal_id else ""
    if use.person:
        return Value(use.person, person_href(use.person), principal)
    return Value(principal, href, use.session_name or "")


def by_account(visit: Visit) -> Picks:
    """Return how to say in which account it was made."""
    return lambda use: Value(visit.account_name(use.account_id), visit.account_page(use.account_id))


# ---------------------------------------------------------------- parts
def _lanes(
    visit: Visit, uses: tuple[Use, ...], seen: Observability, ticks: tuple[Tick, ...], lane_of: Picks
) -> tuple[tuple[Lane, ...], str]:
    by_lane: dict[tuple[Value, str], list[Use]] = {}
    for use in uses:
        value = lane_of(use) or Value("not told")
        by_lane.setdefault((value, series_of(use.action)), []).append(use)
    order = {series.key: place for place, series in enumerate(SERIES)}
    keys = sorted(by_lane, key=lambda key: (order[key[1]], -sum(use.calls for use in by_lane[key])))
    shown = (_lane(visit, *key, by_lane[key], seen, ticks) for key in keys[:MOST_LANES])
    return tuple(shown), _more(len(keys) - MOST_LANES)


def _lane(
    visit: Visit, value: Value, series: str, uses: list[Use], seen: Observability, ticks: tuple[Tick, ...]
) -> Lane:
    calls, errors = sum(use.calls for use in uses), sum(use.errors for use in uses)
    label = next(each.label for each in SERIES if each.key == series)
    issued = "; who opened the URL is not logged" if series == "url" else ""
    refused = f"; {filters.number(errors)} failed" if errors else ""
    chart = charts.lane(
        [(start, end, series) for start, end in _joined(visit, uses)],
        label=f"{value.text}: {filters.plural(calls, 'call')} of {label}",
        blinds=seen.blinds,
        lines=[tick.at for tick in ticks],
        height=36,
    )
    said = f"{label}{issued}{refused}"
    return Lane(Value(value.text, value.href, f"{value.sub} · {said}" if value.sub else said), chart, f"{calls:,}")


def _joined(visit: Visit, uses: list[Use]) -> list[tuple[float, float]]:
    """Return from when to when calls were made, as fractions of the range; neighbouring intervals are one."""
    bars: list[tuple[float, float]] = []
    for start, end in sorted((visit.span.fraction(a), visit.span.fraction(b)) for use in uses for a, b in use.bars):
        if bars and start - bars[-1][1] <= 1 / BARS:
            bars[-1] = (bars[-1][0], max(bars[-1][1], end))
        else:
            bars.append((start, end))
    return bars


def _done(visit: Visit, uses: tuple[Use, ...], about: tuple[str, str]) -> tuple[tuple[Done, ...], str]:
    by_call: dict[tuple[str, int], list[Use]] = {}
    for use in uses:
        by_call.setdefault((use.action, use.stream_id), []).append(use)
    order = {series.key: place for place, series in enumerate(SERIES)}
    last = {call: max(use.last_at for use in own) for call, own in by_call.items()}
    calls = sorted(by_call, key=lambda call: (order[series_of(call[0])], -last[call].timestamp(), call[0]))
    most = len(calls) if is_whole(visit) else MOST_DONE
    shown = (_one_done(visit, by_call[call], last[call], about) for call in calls[:most])
    return tuple(shown), _more(len(calls) - most)


def _one_done(visit: Visit, uses: list[Use], last_at: datetime, about: tuple[str, str]) -> Done:
    first, calls, errors = uses[0], sum(use.calls for use in uses), sum(use.errors for use in uses)
    narrowing = [("action", first.action), *viewers.on_stream(first.stream_arn, first.stream, first.stream_region)]
    return Done(
        action=first.action,
        series=series_of(first.action),
        href=_timeline(visit, uses, about, narrowing),
        stream=first.stream,
        stream_href=f"/streams/{first.stream_id}" if first.stream_id else "",
        calls=filters.number(calls),
        errors=filters.number(errors),
        failed=filters.failed(calls, errors),
        first_at=min(use.first_at for use in uses),
        last_at=last_at,
    )


def _timeline(
    visit: Visit, uses: Iterable[Use], about: tuple[str, str], narrowing: Iterable[tuple[str, str]] = ()
) -> str:
    """Return the timeline of the subject over the page's range, in the one account where it called if it is one."""
    accounts = accounts_named(uses)
    account = [("account", arn.account_text(one)) for one in accounts] if len(accounts) == 1 else []
    span = [("from", visit.span.from_text), *([("to", visit.span.to_text)] if visit.span.to_text else [])]
    return f"/events?{encoded([*account, about, *narrowing, *span, *EVERY_CALL])}"


def group_of(visit: Visit, title: str, uses: tuple[Use, ...], pick: Picks) -> Group:
    """Return the values that the calls have, those of the newest first; all of them where the URL asks for all."""
    by_value: dict[Value, list[Use]] = {}
    for use in uses:
        value = pick(use)
        if value is not None:
            by_value.setdefault(value, []).append(use)
    lines = [
        Line(value, filters.number(sum(use.calls for use in own)), max(use.last_at for use in own))
        for value, own in by_value.items()
    ]
    lines.sort(key=lambda line: line.last_at, reverse=True)
    most = len(lines) if is_whole(visit) else MOST_VALUES
    return Group(title, tuple(lines[:most]), _more(len(lines) - most), whole_href(visit))


def _more(count: int) -> str:
    return f"{count:,} more" if count > 0 else ""
