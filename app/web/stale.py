"""The banner over a list of calls whose newest may be missing: sources of an account that were not read of late."""

from app.db.queries.shell import StaleSource, stale_sources
from app.web import filters, words
from app.web.visit import Visit

MOST = 3


def stale(visit: Visit) -> str:
    """Return which sources of calls were last read when, in words; empty when all were read of late."""
    found = stale_sources(visit.connection, visit.scope, visit.now)
    if not found:
        return ""
    said = "; ".join(_said(visit, one) for one in found[:MOST])
    more = f"; and {len(found) - MOST} more" if len(found) > MOST else ""
    return f"Newer calls may be missing. {said}{more}."


def _said(visit: Visit, one: StaleSource) -> str:
    read = "never read" if one.read_at is None else f"last read {filters.age(one.read_at, visit.now)} ago"
    return f"{visit.account_name(one.account)}, {words.source(one.source)}: {read}"
