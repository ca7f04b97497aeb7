"""How each hole of coverage can be closed, and what that is expected to cost."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection

from app.core.coverage.closing import Closing, closing, trails_now
from app.core.coverage.cost import Expected, by_others, counted
from app.core.coverage.history import Strip
from app.core.coverage.observe import ACTIONS_OF, ActionClass, ObservableState
from app.core.coverage.settings import AccountHistory
from app.core.model.metric import RequestCounts
from app.core.model.scope import Scope
from app.core.model.trail import Trail
from app.core.timeline.buckets import floor
from app.db.queries.coverage_page import read_buckets, trail_histories
from app.db.queries.expected_calls import counted_requests, stored_calls
from app.services.read_coverage import range_of

CLOSED_BY_SELECTOR = frozenset({ObservableState.NOT_LOGGED, ObservableState.PARTLY})
USUAL_DAYS = 7
"""So many whole days of stored calls say what is usual."""


def usual_range(now: datetime) -> tuple[datetime, datetime]:
    """Return the time that says what is usual: the last USUAL_DAYS whole days in UTC."""
    end = floor(now, timedelta(days=1))
    return end - timedelta(days=USUAL_DAYS), end


@dataclass(frozen=True, slots=True)
class Hidden:
    """What a hole hides: classes of calls in a Region of an account, each on so many streams or channels."""

    account: int
    region: str
    streams: tuple[tuple[ActionClass, int], ...]


@dataclass(frozen=True, slots=True)
class Closed:
    """How one hole is closed; `expected` are the calls a day that would be logged then, None where nobody knows.

    They are of the classes that the hole hides still, and of those that the selectors take beside them. `places` has
    the same of each Region of an account in which the trail that is changed logs more then, the hole's own first,
    `again` of what the trail of the template logs a second time.
    """

    closing: Closing
    expected: Mapping[ActionClass, Expected | None]
    places: tuple[Mapping[ActionClass, Expected | None], ...] = ()
    again: Mapping[ActionClass, Expected | None] = field(default_factory=dict)


def read_closing(
    connection: Connection, scope: Scope, holes: Sequence[Hidden], strips: Iterable[Strip], now: datetime
) -> tuple[Closed, ...]:
    """Return how to close each of `holes`, which selectors close; `strips` are of all the scope over `usual_range`."""
    if not holes:
        return ()
    read = tuple(strips)
    narrowed = scope.narrowed(frozenset({*(strip.account for strip in read), *(hole.account for hole in holes)}))
    trails = _Trails(*trail_histories(connection, narrowed, now), now)
    expects = _Expects(counted_requests(connection, narrowed), _Usual(connection, scope, read))
    buckets = frozenset(read_buckets(connection))
    return tuple(_closed(hole, trails, expects, read, buckets, now) for hole in holes)


class _Trails:
    """The trails that log in each Region of an account now, each place looked up once."""

    def __init__(
        self, histories: Iterable[AccountHistory], organizations: tuple[AccountHistory, ...], now: datetime
    ) -> None:
        self._histories = {history.account.id: history for history in histories}
        self._organizations = organizations
        self._now = now
        self._found: dict[tuple[int, str], tuple[Trail, ...]] = {}

    def at(self, account: int, region: str) -> tuple[Trail, ...]:
        if (account, region) not in self._found:
            history = self._histories[account]
            self._found[account, region] = trails_now(history, self._organizations, region, self._now)
        return self._found[account, region]


def _closed(
    hole: Hidden,
    trails: _Trails,
    expects: "_Expects",
    strips: tuple[Strip, ...],
    buckets: frozenset[str],
    now: datetime,
) -> Closed:
    streams = dict(hole.streams)
    found = closing(streams, trails.at(hole.account, hole.region), hole.account, hole.region, now, buckets)
    # What the selectors take beside is on the same streams.
    beside = streams.get(ActionClass.READ) or streams.get(ActionClass.WRITE) or 0
    expected = {kind: expects.of(kind, hole.account, hole.region, streams.get(kind, beside)) for kind in found.logs}
    others = _elsewhere(hole, found, trails, strips) if found.trail else {}
    places = ({kind: expects.of(kind, *place, n) for kind, n in known.items()} for place, known in others.items())
    again = {kind: expects.of(kind, hole.account, hole.region, streams.get(kind, beside)) for kind in found.again}
    return Closed(found, expected, (expected, *places), again)


def _elsewhere(
    hole: Hidden, found: Closing, trails: _Trails, strips: Iterable[Strip]
) -> dict[tuple[int, str], dict[ActionClass, int]]:
    """Return by account and Region on how many streams the changed trail then logs classes that it does not log now.

    Also where another trail logs them: each copy of a data event is billed.
    """
    places: dict[tuple[int, str], dict[ActionClass, int]] = {}
    for strip in strips:
        place = strip.account, strip.region
        if place == (hole.account, hole.region) or strip.kind not in found.logs:
            continue
        if found.trail and any(trail.arn == found.trail.arn for trail in trails.at(*place)):
            places.setdefault(place, {})[strip.kind] = strip.streams
    return places


@dataclass(frozen=True, slots=True)
class _Expects:
    """What is known of how many calls there are: CloudWatch's counts by account and Region, and what is usual."""

    counts: Mapping[tuple[int, str], RequestCounts]
    usual: "_Usual"

    def of(self, kind: ActionClass, account: int, region: str, streams: int) -> Expected | None:
        """Return the calls of a class a day on so many streams."""
        counts = self.counts.get((account, region))
        return (counted(kind, counts) if counts else None) or self.usual.on(kind, streams)


class _Usual:
    """What is usual on streams whose calls were all observed on the last whole days, each class looked up once."""

    def __init__(self, connection: Connection, scope: Scope, strips: tuple[Strip, ...]) -> None:
        self._connection = connection
        self._scope = scope
        self._strips = strips
        self._found: dict[ActionClass, tuple[int, int, int]] = {}

    def on(self, kind: ActionClass, streams: int) -> Expected | None:
        """Return the calls of a class a day that are expected on so many streams."""
        if kind is ActionClass.MANAGEMENT:
            return None
        if kind not in self._found:
            self._found[kind] = self._look(kind)
        return by_others(*self._found[kind], streams)

    def _look(self, kind: ActionClass) -> tuple[int, int, int]:
        """Return the calls in accounts of which all streams were observed, how many streams, and in how many days."""
        if not self._strips:
            return 0, 0, 0
        start, end = range_of(self._strips)
        until = end.replace(hour=0, minute=0, second=0, microsecond=0)
        days = min(USUAL_DAYS, (until - start).days)
        since = until - timedelta(days=days)
        of_kind = [strip for strip in self._strips if strip.kind is kind]
        blind = {s.account for s in of_kind for hole in s.holes if hole.start < until and hole.end > since}
        whole = [strip for strip in of_kind if strip.account not in blind]
        if not whole or days <= 0:
            return 0, 0, 0
        actions = [action.name for action in ACTIONS_OF[kind]]
        told = since.date(), until.date() - timedelta(days=1)
        calls = stored_calls(self._connection, self._scope, {strip.account for strip in whole}, actions, told)
        return calls, sum(strip.streams for strip in whole), days
