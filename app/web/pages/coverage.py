"""`/coverage`: what could be seen where and when, and how to close each hole."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import Response

from app.core import arn
from app.core.assumptions._assumption import Rests
from app.core.coverage.history import Stretch, Strip
from app.core.coverage.observe import ActionClass, ObservableState
from app.core.coverage.seen import IN_PART, share_of
from app.core.ledger.catalogue import asked_below
from app.core.ledger.standing import states
from app.core.query.filter import Filter, Verb, url, with_values
from app.core.query.listing import COVERAGE
from app.db.queries import accounts, assumptions
from app.services.read_coverage import worst_first
from app.web import charts, filters, time_axis, words
from app.web.assumed import state_counts
from app.web.charts import PART, SEEN
from app.web.coverage_streams import Streams, streams_of
from app.web.holes import Hole, Holes, holes_of
from app.web.horizon import Observability
from app.web.integrity import Integrity, integrity_of
from app.web.navigation import Nav
from app.web.own_views import OwnViews, own_views
from app.web.shell import with_query
from app.web.visit import Visit, asking, visiting

router = APIRouter()
NAV = Nav("Coverage", "/coverage", "radar", 230)


@dataclass(frozen=True, slots=True)
class Line:
    """One class of calls in one Region; `href` leads to its streams, and stands where the Region is named."""

    region: str
    href: str
    label: str
    strip: Markup
    share: str
    is_full: bool


@dataclass(frozen=True, slots=True)
class Group:
    """One account."""

    name: str
    digits: str
    note: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the page prints."""

    title: str
    range: str
    summary: str
    axis: Markup
    groups: tuple[Group, ...]
    holes: tuple[Hole, ...]
    holes_note: str
    all_href: str
    holes_href: str
    only_holes: bool
    key_seen: Markup
    key_part: Markup
    assumptions: str
    assumed: str
    unlisted: tuple[tuple[str, str], ...]
    streams: Streams | None
    integrity: Integrity
    own_views: OwnViews
    csv: str
    jsonl: str


@router.get("/coverage", include_in_schema=False)
def coverage(request: Request) -> Response:
    """Show what could be seen."""
    with visiting(request, COVERAGE.default_from, takes=None) as visit:
        # The strip above the page says the same number: both are of one computation.
        seen = visit.observability()
        asked, query = asking(visit, COVERAGE)
        streams, wrong = streams_of(visit, query)
        asked = replace(asked, complaints=(*asked.complaints, *map(str, wrong)))
        return asked.page("pages/coverage.html", _view(visit, query, seen, streams), horizon=seen)


def _view(visit: Visit, query: Filter, seen: Observability, streams: Streams | None) -> Coverage:
    only_holes = query.values("show") == ("holes",)
    shown = [strip for strip in seen.strips if strip.holes or not only_holes]
    holes = holes_of(visit, seen.strips)
    plain = replace(query, extras=())
    ticks = time_axis.ticks(visit.span)
    return Coverage(
        title="Coverage",
        range=f"{filters.day(visit.span.start)} to {filters.day(visit.span.end)}",
        summary=_summary(seen, holes.total),
        axis=charts.axis(ticks),
        groups=_groups(visit, query, shown),
        holes=holes.shown,
        holes_note=_holes_note(holes),
        all_href=with_query(visit.request, show=None),
        holes_href=with_query(visit.request, show="holes"),
        only_holes=only_holes,
        key_seen=_sample(SEEN),
        key_part=_sample(PART),
        assumptions=_assumptions(visit),
        assumed=_assumed(seen.strips, visit.span.start),
        unlisted=_unlisted(visit, seen.strips),
        streams=streams,
        integrity=integrity_of(visit),
        own_views=own_views(visit, "/coverage", query),
        csv=url("/coverage.csv", plain),
        jsonl=url("/coverage.jsonl", plain),
    )


def _summary(seen: Observability, holes: int) -> str:
    if not seen.strips:
        return "No stream and no trail is known yet, so nothing can be said about what is logged."
    if not holes:
        return "Every call of every class would have reached kvswatch over the whole range."
    share = "None" if seen.share == IN_PART else seen.share
    full = " in full, more in part" if seen.left_out else ""
    listed = f"{filters.plural(holes, 'hole')}{', the largest first' if holes > 1 else ''}."
    return f"{share} of streams, classes and time could be observed{full}. {listed}"


def _holes_note(holes: Holes) -> str:
    if not holes.total:
        return "none"
    more = f", the first {len(holes.shown)}" if holes.total > len(holes.shown) else ""
    return f"{filters.number(holes.total)}, by streams and time{more}"


def _assumptions(visit: Visit) -> str:
    """Say how the assumptions stand by which a call is of a class and taken by a selector."""
    asked = asked_below((Rests.COVERAGE,))
    return state_counts(states(asked, assumptions.shown(visit.connection, visit.scope, asked)).values())


def _sample(kind: str) -> Markup:
    return Markup(
        '<svg width="20" height="9" aria-hidden="true"><rect class="{}" y="4" width="20" height="2"/></svg>'
    ).format(kind)


def _assumed(strips: Iterable[Strip], start: datetime) -> str:
    """Say from when on the settings are known: what was before is taken to have been so."""
    first = min((strip.first_read_at for strip in strips if strip.first_read_at), default=None)
    if first is None or first <= start:
        return ""
    return (
        f"kvswatch first read the trails' settings on {first:%Y-%m-%d %H:%MZ}. Before that, they are taken to "
        "have been as they were read then; only when a trail was stopped and started is known from AWS itself."
    )


def _unlisted(visit: Visit, strips: Iterable[Strip]) -> tuple[tuple[str, str], ...]:
    """Return the accounts in scope that have nothing to draw: no stream is known there."""
    drawn = {strip.account for strip in strips}
    watched = accounts.accounts(visit.connection, visit.scope)
    return tuple((one.name, arn.account_text(one.id)) for one in watched if one.id not in drawn)


def _groups(visit: Visit, query: Filter, strips: Iterable[Strip]) -> tuple[Group, ...]:
    ordered = worst_first(strips, dict(visit.accounts))
    return tuple(_group(visit, query, account, own) for account, own in ordered.items())


def _group(visit: Visit, query: Filter, account: int, strips: list[Strip]) -> Group:
    lines, region = [], ""
    alone = with_values(query, "account", Verb.IS, [arn.account_text(account)])
    for strip in strips:
        is_first = strip.region != region
        region = strip.region
        href = url("/coverage", alone, region=region)
        lines.append(_line(visit, strip, region if is_first else "", f"{href}#streams"))
    media = [strip for strip in strips if strip.kind is not ActionClass.MANAGEMENT]
    never = media and all(strip.observed == 0 for strip in media)
    note = "no media call can be seen" if never else ""
    return Group(visit.account_name(account), arn.account_text(account), note, tuple(lines))


def _line(visit: Visit, strip: Strip, region: str, href: str) -> Line:
    share = share_of(strip)
    label = words.CLASSES[strip.kind]
    said = "; ".join(_said(stretch) for stretch in strip.stretches if stretch.state is not ObservableState.OBSERVED)
    drawn = charts.strip(
        charts.stretches(strip, visit.span),
        label=f"{visit.account_name(strip.account)} {strip.region} {label}: {share}. {said}",
    )
    return Line(region, href, label, drawn, share, share == "100 %")


def _said(stretch: Stretch) -> str:
    return f"{words.OBSERVABLE[stretch.state]} from {stretch.start:%d %B %H:%MZ} to {stretch.end:%d %B %H:%MZ}"
