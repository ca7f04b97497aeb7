"""How many calls a list has: exactly where its chart was counted, else as many as are soon found, and how to know."""

from contextlib import suppress
from dataclasses import dataclass

from app.core.query.filter import Filter, Problem, url
from app.db.engine import at_most
from app.db.errors import TooSlow
from app.db.queries import bars, rollups
from app.db.queries.hours import HOUR
from app.web import filters
from app.web.visit import Visit

EXACT = "exact"
"""The value of `count` that counts exactly, however long it takes."""
MOST = 10_000
TIMEOUT_S = 0.5
_BOUND = f"≥ {MOST:,}"


@dataclass(frozen=True, slots=True)
class Counted:
    """The calls in words, the rows of the file ("" where they are not known), and where they are counted exactly.

    `href` is "" where the number is exact, or was asked to be and took too long.
    """

    calls: str
    rows: str
    href: str


def counted(visit: Visit, path: str, query: Filter, total: int | None) -> Counted:
    """Return how many calls `query` means; `total` is what the chart has, None where it was given up."""
    if total is None and bars.knows(query, HOUR):
        # Bars were too narrow for the rollups; their sum is not.
        with suppress(TooSlow), at_most(visit.connection, TIMEOUT_S):
            total = rollups.total(visit.connection, visit.scope, query)
    if total is None:
        try:
            total = _up_to_most(visit, query)
        except TooSlow:
            return Counted("not counted", "", exactly(path, query))
        if total >= MOST:
            return Counted(f"{_BOUND} calls", _BOUND, exactly(path, query))
    return Counted(filters.plural(total, "call"), _rows(visit, query, total), "")


def _rows(visit: Visit, query: Filter, calls: int) -> str:
    """Return how many rows the file of so many calls has. Counts that outlived their calls do not tell."""
    if rollups.may_differ(visit.connection, visit.scope, query):
        try:
            calls = _up_to_most(visit, query)
        except TooSlow:
            return ""
        if calls >= MOST:
            return _BOUND
    return filters.number(calls + rollups.superseded(visit.connection, visit.scope, query))


def _up_to_most(visit: Visit, query: Filter) -> int:
    with at_most(visit.connection, TIMEOUT_S):
        return rollups.counted_up_to(visit.connection, visit.scope, query, MOST)


def exactly(path: str, query: Filter) -> str:
    """Return the list whose calls are counted exactly; "" where it is this one."""
    return "" if is_exact(query) else url(path, query, count=EXACT)


def is_exact(query: Filter) -> bool:
    """Return whether calls are counted for as long as a page may take."""
    return query.kept("count") == EXACT


def problems(query: Filter) -> tuple[Problem, ...]:
    """Return what is wrong with `count=`."""
    asked = query.kept("count") or EXACT
    return () if asked == EXACT else (Problem("count", asked[:80], f"is not {EXACT}"),)
