"""What was observable in a scope, and in which order it is told."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import Connection

from app.core.coverage.history import Strip
from app.core.coverage.observe import CLASSES
from app.core.coverage.one_stream import history_of
from app.core.model.scope import Scope
from app.core.model.stream import Stream
from app.db.queries.coverage_page import coverage_inputs


def strips_over(connection: Connection, scope: Scope, start: datetime, end: datetime) -> tuple[Strip, ...]:
    """Return the strips of every account in scope over [start, end), computed now."""
    inputs = coverage_inputs(connection, scope, start)
    return tuple(strip for history in inputs.histories for strip in inputs.strips(history, start, end))


def strips_of_stream(
    connection: Connection, scope: Scope, account: int, stream: Stream, start: datetime, end: datetime
) -> tuple[Strip, ...]:
    """Return the strips of one stream or channel over [start, end), also of one that no inventory holds any more."""
    inputs = coverage_inputs(connection, scope.narrowed(frozenset({account})), start)
    found = (strip for one in inputs.histories for strip in inputs.strips(history_of(one, stream), start, end))
    return tuple(strip for strip in found if strip.region == stream.region and strip.kind in CLASSES[stream.kind])


def worst_first(strips: Iterable[Strip], names: Mapping[int, str]) -> dict[int, list[Strip]]:
    """Return the strips by account, the least observed first: what cannot be seen is what coverage is for."""
    found: dict[int, list[Strip]] = {}
    for strip in strips:
        found.setdefault(strip.account, []).append(strip)
    order = sorted(found, key=lambda account: (_observed(found[account]), names.get(account, ""), account))
    return {account: found[account] for account in order}


def _observed(strips: list[Strip]) -> float:
    return sum(strip.observed for strip in strips) / len(strips)
