"""The histogram of calls, with its legend: what reads media stands above the waterline."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from markupsafe import Markup

from app.core.query.filter import Filter, Verb, first_page, url, with_range, with_values
from app.core.query.moment import Moment, is_moment, iso
from app.core.timeline.buckets import Buckets, Counts, laid_out
from app.db.queries.stacks import Layer
from app.web import charts, filters, time_axis
from app.web.horizon import Observability
from app.web.names import short
from app.web.series import ABOVE, ACTIONS_OF, BELOW, Series, series_of
from app.web.span import Span

MOST_LAYERS = len(ABOVE) - 1
"""So many values have a colour of their own on each side of the line; the last one is for all others."""
_READS = frozenset(series.key for series in ABOVE)


@dataclass(frozen=True, slots=True)
class Legend:
    """One series of the chart: a click shows it alone, or adds it to those shown, or takes it away."""

    key: str
    label: str
    href: str
    is_on: bool


@dataclass(frozen=True, slots=True)
class Step:
    """One link of a row of them: what it says, where it leads, whether it is what holds now."""

    label: str
    href: str
    is_here: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """The histogram with its legend; from and to (seconds) and the bars are for the brush.

    `stacks` are what it can be stacked by, `steps` the ranges around the one shown: what the brush does, as links.
    """

    svg: Markup
    above: tuple[Legend, ...]
    below: tuple[Legend, ...]
    width: str
    start: int
    end: int
    bars: int
    stacks: tuple[Step, ...]
    steps: tuple[Step, ...]


def calls_chart(seen: Observability, path: str, query: Filter, into: Buckets, counts: tuple[Counts, ...]) -> Chart:
    """Return the chart of `counts` by kind of call, hatched where `seen` is blind; its legend leads to `path`."""
    return _chart(
        seen,
        path,
        query,
        into,
        laid_out(counts, into, series_of),
        tuple(_legend(path, query, series) for series in ABOVE),
        tuple(_legend(path, query, series) for series in BELOW),
    )


def layers_chart(seen: Observability, path: str, query: Filter, into: Buckets, layers: Sequence[Layer]) -> Chart:
    """Return the same by the values of another field: each has a warm colour where it read media, and a cool one."""
    rows: dict[str, list[int]] = {}
    for above, below, layer in zip(ABOVE, BELOW, layers, strict=False):
        rows |= laid_out(layer.counts, into, partial(_side, above.key, below.key))
    return _chart(seen, path, query, into, rows, *(_layer_legend(path, query, side, layers) for side in (ABOVE, BELOW)))


def _side(above: str, below: str, action: str) -> str:
    return above if series_of(action) in _READS else below


def _chart(
    seen: Observability,
    path: str,
    query: Filter,
    into: Buckets,
    rows: Mapping[str, Sequence[int]],
    above: tuple[Legend, ...],
    below: tuple[Legend, ...],
) -> Chart:
    total = sum(sum(row) for row in rows.values())
    reads = sum(sum(rows.get(key, ())) for key in _READS)
    # The axis of the bars, which may begin before the range and end after it.
    span = Span(into.start, into.end, "", zone=query.zone)
    width = filters.duration(into.width)
    label = f"{total:,} calls in bars of {width}: {reads:,} read media, {total - reads:,} did not"
    return Chart(
        svg=charts.waterline(
            rows,
            into.bars,
            label=label if total or seen.is_whole else f"No calls seen in bars of {width}",
            ticks=time_axis.ticks(span),
            # Where calls are, and no stream is known for them, somebody could look.
            blinds=seen.over(span).blinds if seen.strips or not total else (),
            element_id="histogram",
        ),
        above=above,
        below=below,
        width=width,
        start=int(into.start.timestamp()),
        end=int(into.end.timestamp()),
        bars=into.bars,
        stacks=tuple(
            Step(STACKED_BY[stack], url(path, replace(first_page(query), stack=stack)), stack == query.stack)
            for stack in query.listing.stacks
        ),
        steps=_steps(path, query),
    )


STACKED_BY: Mapping[str, str] = {
    "action": "Call",
    "outcome": "Outcome",
    "principal": "Principal",
    "address": "Address",
    "account": "Account",
}


def _steps(path: str, query: Filter) -> tuple[Step, ...]:
    """Return the ranges before, after, within and around that of `query`; one that ends now goes no further."""
    start, end = query.since.at, query.until.at
    length = end - start
    is_open = query.until.text == "now"
    steps = [("Earlier", start - length, start), ("Zoom in", start + length / 4, end - length / 4)]
    steps += [("Zoom out", start - length, end)] if is_open else [("Zoom out", start - length / 2, end + length / 2)]
    steps += [] if is_open else [("Later", end, end + length)]
    ranges = [(label, _moment(since), _moment(until)) for label, since, until in steps]
    return tuple(
        Step(label, url(path, with_range(query, since, until)))
        for label, since, until in ranges
        if is_moment(since.at) and is_moment(until.at) and since.at < until.at
    )


def _moment(at: datetime) -> Moment:
    whole = at.replace(microsecond=0)
    return Moment(iso(whole), whole)


def _legend(path: str, query: Filter, series: Series) -> Legend:
    """Return a legend entry: a click adds this series to those shown, or takes it away; none shown means all."""
    on, own = set(query.values("action")), set(ACTIONS_OF[series.key])
    is_on = own <= on
    return Legend(
        series.key,
        series.label,
        url(path, with_values(query, "action", Verb.IS, on - own if is_on else on | own)),
        is_on,
    )


def _layer_legend(path: str, query: Filter, side: Sequence[Series], layers: Sequence[Layer]) -> tuple[Legend, ...]:
    field = query.stack
    on = set(query.values(field))
    return tuple(
        Legend(
            series.key,
            short(layer.label) if field == "principal" else layer.label,
            "" if layer.value is None else url(path, with_values(query, field, Verb.IS, on ^ {layer.value})),
            layer.value in on,
        )
        for series, layer in zip(side, layers, strict=False)
    )
