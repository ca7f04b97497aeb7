"""The counts of a chart: by call, or by another field, where that can be counted in time."""

from dataclasses import dataclass, replace
from datetime import timedelta

from app.core.query.filter import Filter, Problem
from app.core.timeline.buckets import Buckets, Counts, buckets
from app.db.engine import READ_S, at_most
from app.db.errors import TooSlow
from app.db.queries import bars, stacks
from app.db.queries.stacks import Layer
from app.web import counted
from app.web.calls_chart import MOST_LAYERS, Chart, calls_chart, layers_chart
from app.web.horizon import Observability
from app.web.visit import Visit

TIMEOUT_S = 0.5
"""Of one way to count: there may be two before it is done by call."""
COUNT_S = 1.0
"""Of calls that no rollup knows, by call: the page does not wait for it as long as it may take."""
EXACT_S = READ_S
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Stacked:
    """The calls that a filter means, bucket by bucket: by call, or in `layers` (None) by the values of a field.

    `counts` None: they could not be counted in time.
    """

    query: Filter
    into: Buckets
    counts: tuple[Counts, ...] | None = ()
    layers: tuple[Layer, ...] | None = None

    @property
    def total(self) -> int | None:
        """All calls; None where they were not counted."""
        found = self.counts if self.layers is None else self.layers
        return None if found is None else sum(one.total for one in found)

    def chart(self, seen: Observability, path: str) -> Chart | None:
        """Return the chart of these counts, or none: an empty one would say that nobody called."""
        if self.layers is None:
            if self.counts is None:
                return None
            return calls_chart(seen, path, self.query, self.into, self.counts)
        return layers_chart(seen, path, self.query, self.into, self.layers)


def stack(visit: Visit, query: Filter) -> tuple[Stacked, tuple[Problem, ...]]:
    """Return the counts as `query` wants them stacked, or by call and that the other way was too slow."""
    since, until = query.since.at, query.until.at
    into = buckets(since, until)
    if query.stack == query.listing.stacks[0]:
        return _by_call(visit, query, into)
    # By days a rollup knows who called; by hours the events have to be read.
    by_day = buckets(since, until, least=DAY)
    for width in (into, by_day) if by_day != into and until - since > 2 * DAY else (into,):
        try:
            with at_most(visit.connection, TIMEOUT_S):
                found = stacks.layers(visit.connection, visit.scope, query, width, query.stack, MOST_LAYERS)
        except TooSlow:
            continue
        return Stacked(query, width, layers=found), ()
    by_call = replace(query, stack=query.listing.stacks[0])
    told = "takes too long to count here, so the chart shows kinds of call: a shorter range will do"
    stacked, slow = _by_call(visit, by_call, into)
    return stacked, (Problem("stack", query.stack, told), *slow)


def _by_call(visit: Visit, query: Filter, into: Buckets) -> tuple[Stacked, tuple[Problem, ...]]:
    """Return the counts by call. What no rollup knows is counted from the events, for as long as was asked."""
    if bars.knows(query, into.width):
        return Stacked(query, into, bars.counts(visit.connection, visit.scope, query, into)), ()
    is_exact = counted.is_exact(query)
    try:
        with at_most(visit.connection, EXACT_S if is_exact else COUNT_S):
            return Stacked(query, into, bars.counts(visit.connection, visit.scope, query, into)), ()
    except TooSlow:
        told = f"took longer than {EXACT_S:g} s and was stopped: a shorter range, or one account, will do"
        return Stacked(query, into, None), (Problem("count", counted.EXACT, told),) if is_exact else ()
