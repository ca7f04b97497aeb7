"""The streams and channels of one Region, those together whose calls are seen alike: the coverage map's last level."""

from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup

from app.core.coverage.history import Strip
from app.core.coverage.seen import share_of
from app.core.model.stream import ResourceKind
from app.core.query.filter import Filter, Problem, url
from app.db.queries.stream_pages import streams_in
from app.services.read_coverage import Alike, least_observed_first, strips_of_alike
from app.web import charts, filters, words
from app.web.visit import Visit

MOST_GROUPS = 40
MOST_NAMES = 100


@dataclass(frozen=True, slots=True)
class Line:
    """One class of calls on the streams of a group."""

    label: str
    strip: Markup
    share: str
    is_full: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Streams, or channels, that share their answers: how many, some by (name, address), how many more."""

    size: str
    names: tuple[tuple[str, str], ...]
    more: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Streams:
    """What the page shows of one Region."""

    region: str
    note: str
    groups: tuple[Group, ...]
    close: str
    csv: str
    jsonl: str


def streams_of(visit: Visit, query: Filter) -> tuple[Streams | None, tuple[Problem, ...]]:
    """Return the streams and channels of the Region that `region=` opens, in groups, and what was wrong with it."""
    region = query.kept("region")
    if not region:
        return None, ()
    if visit.account is None:
        return None, (Problem("region", region[:40], "needs one account"),)
    known = streams_in(visit.connection, visit.scope, visit.account, region)
    start, end = visit.span.start, max(visit.span.start, min(visit.span.end, visit.now))
    found = strips_of_alike(visit.connection, visit.scope, visit.account, tuple(known.values()), start, end)
    ids = {stream.arn: ident for ident, stream in known.items()}
    groups = sorted(found, key=least_observed_first)
    return (
        Streams(
            region,
            _note(len(known), len(groups)),
            tuple(_group(visit, one, ids) for one in groups[:MOST_GROUPS]),
            url("/coverage", query, region=None),
            url("/coverage.csv", query),
            url("/coverage.jsonl", query),
        ),
        (),
    )


def _note(streams: int, groups: int) -> str:
    if not streams:
        return "No stream or channel is known here: what nobody listed cannot be told apart."
    each = "1 group" if groups == 1 else f"{groups:,} groups"
    more = f"; the {MOST_GROUPS} least observed are shown" if groups > MOST_GROUPS else ""
    return f"{filters.plural(streams, 'stream or channel', 'streams and channels')} in {each} that are seen alike{more}"


def _group(visit: Visit, alike: Alike, ids: Mapping[str, int]) -> Group:
    streams, strips = alike
    noun = "stream" if streams[0].kind is ResourceKind.STREAM else "channel"
    return Group(
        size=filters.plural(len(streams), noun),
        names=tuple((stream.name, f"/streams/{ids[stream.arn]}") for stream in streams[:MOST_NAMES]),
        more=f"{len(streams) - MOST_NAMES:,} more" if len(streams) > MOST_NAMES else "",
        lines=tuple(_line(visit, strip, streams[0].name) for strip in strips),
    )


def _line(visit: Visit, strip: Strip, name: str) -> Line:
    share, label = share_of(strip), words.CLASSES[strip.kind]
    why = strip.holes[-1].reason if strip.holes else ""
    said = f"{label} of {name} and those like it: {share}{f'; {why}' if why else ''}"
    return Line(label, charts.strip(charts.stretches(strip, visit.span), label=said), share, share == "100 %")
