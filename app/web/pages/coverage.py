"""`/coverage`: what could be seen where and when, and how to close each hole."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import Response

from app.core import arn
from app.core.assumptions._assumption import Rests
from app.core.coverage.history import Stretch, Strip
from app.core.coverage.observe import ActionClass, ObservableState
from app.core.coverage.seen import IN_PART, share_of
from app.core.kvs.actions import CHANNEL_EVENTS, STREAM_EVENTS
from app.core.ledger.catalogue import below
from app.core.ledger.standing import standings
from app.core.query.filter import Filter, url
from app.core.query.listing import COVERAGE
from app.db.queries import accounts
from app.db.queries.assumptions import sightings
from app.services.read_coverage import worst_first
from app.web import charts, filters, words
from app.web.assumed import state_counts
from app.web.charts import PART, SEEN
from app.web.horizon import Observability
from app.web.integrity import Integrity, integrity_of
from app.web.navigation import Nav
from app.web.shell import with_query
from app.web.visit import Visit, asking, visiting

router = APIRouter()
NAV = Nav("Coverage", "/coverage", "radar", 230)
MOST_HOLES = 40


@dataclass(frozen=True, slots=True)
class Line:
    """One class of calls in one Region."""

    region: str
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
class Hole:
    """One reason for which nobody could look, with all that it hides."""

    where: str
    state: str
    reason: str
    classes: str
    size: str
    element_id: str
    advice: str
    selector: Markup


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
    integrity: Integrity
    csv: str
    jsonl: str


@router.get("/coverage", include_in_schema=False)
def coverage(request: Request) -> Response:
    """Show what could be seen."""
    with visiting(request, COVERAGE.default_from) as visit:
        # The strip above the page says the same number: both are of one computation.
        seen = visit.observability()
        asked, query = asking(visit, COVERAGE)
        return asked.page("pages/coverage.html", _view(visit, query, seen), horizon=seen)


def _view(visit: Visit, query: Filter, seen: Observability) -> Coverage:
    only_holes = query.values("show") == ("holes",)
    shown = [strip for strip in seen.strips if strip.holes or not only_holes]
    holes = _holes(visit, seen.strips)
    ticks = charts.ticks(visit.span)
    return Coverage(
        title="Coverage",
        range=f"{filters.day(visit.span.start)} to {filters.day(visit.span.end)}",
        summary=_summary(seen, len(holes)),
        axis=charts.axis(ticks),
        groups=_groups(visit, shown),
        holes=holes[:MOST_HOLES],
        holes_note=f"{filters.number(len(holes))}, by streams and time" if holes else "none",
        all_href=with_query(visit.request, show=None),
        holes_href=with_query(visit.request, show="holes"),
        only_holes=only_holes,
        key_seen=_sample(SEEN),
        key_part=_sample(PART),
        assumptions=_assumptions(visit),
        assumed=_assumed(seen.strips, visit.span.start),
        unlisted=_unlisted(visit, seen.strips),
        integrity=integrity_of(visit),
        csv=url("/coverage.csv", query),
        jsonl=url("/coverage.jsonl", query),
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


def _assumptions(visit: Visit) -> str:
    """Say how the assumptions stand by which a call is of a class and taken by a selector."""
    names = below(Rests.COVERAGE)
    found = standings(sightings(visit.connection, visit.scope, names=names))
    return state_counts(one for one in found if one.name in names)


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


def _groups(visit: Visit, strips: Iterable[Strip]) -> tuple[Group, ...]:
    ordered = worst_first(strips, dict(visit.accounts))
    return tuple(_group(visit, account, own) for account, own in ordered.items())


def _group(visit: Visit, account: int, strips: list[Strip]) -> Group:
    lines, region = [], ""
    for strip in strips:
        lines.append(_line(visit, strip, strip.region if strip.region != region else ""))
        region = strip.region
    media = [strip for strip in strips if strip.kind is not ActionClass.MANAGEMENT]
    never = media and all(strip.observed == 0 for strip in media)
    note = "no media call can be seen" if never else ""
    return Group(visit.account_name(account), arn.account_text(account), note, tuple(lines))


def _line(visit: Visit, strip: Strip, region: str) -> Line:
    share = share_of(strip)
    label = words.CLASSES[strip.kind]
    said = "; ".join(_said(stretch) for stretch in strip.stretches if stretch.state is not ObservableState.OBSERVED)
    drawn = charts.strip(
        charts.stretches(strip, visit.span),
        label=f"{visit.account_name(strip.account)} {strip.region} {label}: {share}. {said}",
    )
    return Line(region, label, drawn, share, share == "100 %")


def _said(stretch: Stretch) -> str:
    return f"{words.OBSERVABLE[stretch.state]} from {stretch.start:%d %B %H:%MZ} to {stretch.end:%d %B %H:%MZ}"


def _holes(visit: Visit, strips: Iterable[Strip]) -> tuple[Hole, ...]:
    """Return what is behind the hatching, one entry for each reason, the most streams and time first."""
    by_reason: dict[tuple[int, str, str, ObservableState], list[tuple[Strip, Stretch]]] = {}
    for strip in strips:
        for hole in strip.holes:
            by_reason.setdefault((strip.account, strip.region, hole.reason, hole.state), []).append((strip, hole))
    weighed = sorted(by_reason.items(), key=lambda item: (-_weight(item[1]), item[0]))
    return tuple(_hole(visit, place, key, found) for place, (key, found) in enumerate(weighed))


def _weight(found: list[tuple[Strip, Stretch]]) -> float:
    """Return stream-seconds; what shows or takes video weighs ten times what only administers it."""
    return sum(
        (hole.end - hole.start).total_seconds()
        * max(strip.streams, 1)
        * (1 if strip.kind is ActionClass.MANAGEMENT else 10)
        for strip, hole in found
    )


def _hole(
    visit: Visit, place: int, key: tuple[int, str, str, ObservableState], found: list[tuple[Strip, Stretch]]
) -> Hole:
    account, region, reason, state = key
    kinds = Counter(strip.kind for strip, _ in found)
    longest = max((hole.end - hole.start for _, hole in found), default=timedelta())
    streams = max(strip.streams for strip, _ in found)
    selector = _selector(frozenset(kinds)) if state in _CLOSED_BY_SELECTOR else ""
    return Hole(
        where=f"{visit.account_name(account)}, {region}",
        state=words.OBSERVABLE[state],
        reason=reason,
        classes=words.listed([words.CLASSES[kind] for kind in ActionClass if kind in kinds], most=4),
        size=f"{filters.plural(streams, 'stream or channel', 'streams and channels')}, {filters.duration(longest)}",
        element_id=f"hole-{place}",
        advice=_ADVICE[state],
        selector=filters.bare(selector, "Advanced event selectors") if selector else Markup(""),
    )


_CLOSED_BY_SELECTOR = frozenset({ObservableState.NOT_LOGGED, ObservableState.PARTLY})
_ADVICE = {
    ObservableState.OBSERVED: "",
    ObservableState.PARTLY: "Add these selectors to the trail, beside those it has: put-event-selectors replaces all.",
    ObservableState.NOT_LOGGED: "Add these selectors to a trail of this Region, beside those it has: "
    "put-event-selectors replaces all.",
    ObservableState.NOT_DELIVERED: "Start the trail again, or mend its delivery: bucket policy and KMS key. "
    "What was not logged meanwhile is lost.",
    ObservableState.NOT_COLLECTED: "Let kvswatch read all of this bucket: name it as the account's log bucket, and "
    "allow what is denied. What lies there is read from the beginning; a file that did not come is asked for again "
    "for a day, and one that was rejected can be imported with kvswatch ingest.",
    ObservableState.EXPIRED: "KVSWATCH_KEEP_DAYS says how long calls are kept. Copies of older log files can be looked "
    "at with kvswatch ingest, once it is raised.",
    ObservableState.UNKNOWN: "Give kvswatch the permission that the account's page names.",
}


def _selector(kinds: frozenset[ActionClass]) -> str:
    """Return the advanced event selectors that log the classes (CloudTrail API, AdvancedEventSelector)."""
    selectors: list[dict[str, object]] = []
    if ActionClass.MANAGEMENT in kinds:
        selectors.append({"Name": "Management events", "FieldSelectors": [_equals("eventCategory", "Management")]})
    if kinds & {ActionClass.READ, ActionClass.WRITE}:
        selectors.append(_data("KVS media", STREAM_EVENTS))
    if ActionClass.SIGNALING in kinds:
        selectors.append(_data("KVS signaling", CHANNEL_EVENTS))
    return json.dumps(selectors, indent=1)


def _data(name: str, resource_type: str) -> dict[str, object]:
    return {
        "Name": name,
        "FieldSelectors": [_equals("eventCategory", "Data"), _equals("resources.type", resource_type)],
    }


def _equals(field: str, value: str) -> dict[str, object]:
    return {"Field": field, "Equals": [value]}
