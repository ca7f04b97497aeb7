"""The histogram of calls, with its legend: what reads media stands above the waterline."""

from dataclasses import dataclass

from markupsafe import Markup

from app.core.query.filter import Filter, Verb, url, with_values
from app.core.timeline.buckets import Buckets, Counts, laid_out
from app.web import charts, filters
from app.web.horizon import Observability
from app.web.series import ABOVE, ACTIONS_OF, BELOW, Series, series_of
from app.web.span import Span


@dataclass(frozen=True, slots=True)
class Legend:
    """One series of the chart: a click shows it alone."""

    key: str
    label: str
    href: str
    is_on: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """The histogram with its legend; from and to (seconds) and the bars are for the brush."""

    svg: Markup
    above: tuple[Legend, ...]
    below: tuple[Legend, ...]
    width: str
    start: int
    end: int
    bars: int


def calls_chart(seen: Observability, path: str, query: Filter, into: Buckets, counts: tuple[Counts, ...]) -> Chart:
    """Return the chart of `counts`, hatched where `seen` is blind; a click in its legend leads to `path`."""
    rows = laid_out(counts, into, series_of)
    total = sum(count.total for count in counts)
    reads = sum(sum(rows.get(series.key, ())) for series in ABOVE)
    # The axis of the bars, which may begin before the range and end after it.
    span = Span(into.start, into.end, "")
    width = filters.duration(into.width)
    label = f"{total:,} calls in bars of {width}: {reads:,} read media, {total - reads:,} did not"
    return Chart(
        svg=charts.waterline(
            rows,
            into.bars,
            label=label if total or seen.is_whole else f"No calls seen in bars of {width}",
            ticks=charts.ticks(span),
            # Where calls are, and no stream is known for them, somebody could look.
            blinds=seen.over(span).blinds if seen.strips or not total else (),
            element_id="histogram",
        ),
        above=tuple(_legend(path, query, series) for series in ABOVE),
        below=tuple(_legend(path, query, series) for series in BELOW),
        width=width,
        start=int(into.start.timestamp()),
        end=int(into.end.timestamp()),
        bars=into.bars,
    )


def _legend(path: str, query: Filter, series: Series) -> Legend:
    """Return a legend entry: a click shows this series alone, another click all again."""
    actions = sorted(ACTIONS_OF[series.key])
    is_on = list(query.values("action")) == actions
    return Legend(
        series.key, series.label, url(path, with_values(query, "action", Verb.IS, [] if is_on else actions)), is_on
    )
