"""How each hole of coverage can be closed, and what that is expected to cost."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from app.core.coverage.closing import Closing, closing, trails_now
from app.core.coverage.cost import Expected, by_others, counted
from app.core.coverage.history import Strip
from app.core.coverage.observe import ACTIONS_OF, ActionClass
from app.core.coverage.settings import AccountHistory
from app.core.model.metric import RequestCounts
from app.core.model.scope import Scope
from app.db.queries.coverage_page import read_buckets, trail_histories
from app.db.queries.expected_calls import counted_requests, stored_calls
from app.services.read_coverage import range_of

USUAL_DAYS = 7
"""So many whole days of stored calls say what is usual."""


@dataclass(frozen=True, slots=True)
class Hidden:
    """What a hole hides: classes of calls in a Region of an account, each on so many streams or channels."""

    account: int
    region: str
    streams: tuple[tuple[ActionClass, int], ...]


@dataclass(frozen=True, slots=True)
class Closed:
    """How one hole is closed; `expected` are the calls a day that would be logged then, None where nobody knows.

    They are of the classes that the hole hides still, and of those that the selectors take beside them.
    """

    closing: Closing
    expected: Mapping[ActionClass, Expected | None]


def read_closing(
    connection: Connection, scope: Scope, holes: Sequence[Hidden], strips: Iterable[Strip], now: datetime
) -> tuple[Closed, ...]:
    """Return how to close each of `holes`, which selectors close; `strips` are of all that the scope shows."""
    if not holes:
        return ()
    narrowed = scope.narrowed(frozenset(hole.account for hole in holes))
    histories, organizations = trail_histories(connection, narrowed, now)
    known = {history.account.id: history for history in histories}
    usual = _Usual(connection, scope, tuple(strips))
    counts = counted_requests(connection, narrowed)
    read = frozenset(read_buckets(connection))
    return tuple(
        _closed(hole, known[hole.account], organizations, counts.get((hole.account, hole.region)), usual, read, now)
        for hole in holes
    )


def _closed(
    hole: Hidden,
    history: AccountHistory,
    organizations: tuple[AccountHistory, ...],
    counts: RequestCounts | None,
    usual: "_Usual",
    read: frozenset[str],
    now: datetime,
) -> Closed:
    trails = trails_now(history, organizations, hole.region, now)
    streams = dict(hole.streams)
    found = closing(streams, trails, hole.account, hole.region, now, read)
    # What the selectors take beside is on the same streams.
    beside = streams.get(ActionClass.READ) or streams.get(ActionClass.WRITE) or 0
    expected = {
        kind: (counted(kind, counts) if counts else None) or usual.on(kind, streams.get(kind, beside))
        for kind in found.logs
    }
    return Closed(found, expected)


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
