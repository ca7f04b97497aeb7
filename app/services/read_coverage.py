"""What was observable in a scope, and in which order it is told."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from app.core.coverage.history import Strip
from app.core.coverage.observe import CLASSES, ActionClass
from app.core.coverage.one_stream import covered_alike, history_of
from app.core.coverage.settings import AccountHistory
from app.core.model.scope import Scope
from app.core.model.stream import ResourceKind, Stream
from app.core.query.filter import Filter
from app.db.queries.coverage_page import CoverageInputs, coverage_inputs
from app.db.queries.event_filter import named_streams

Places = frozenset[tuple[int, str, ResourceKind]]
"""The account, Region and kind of streams."""
Alike = tuple[tuple[Stream, ...], tuple[Strip, ...]]
"""Streams or channels, and the strips of each of them."""


def strips_over(connection: Connection, scope: Scope, start: datetime, end: datetime) -> tuple[Strip, ...]:
    """Return the strips of every account in scope over [start, end), computed now."""
    return strips_over_by(coverage_inputs(connection, scope, start), start, end)


def strips_over_by(inputs: CoverageInputs, start: datetime, end: datetime) -> tuple[Strip, ...]:
    """Return the same by inputs that were read before."""
    return tuple(strip for history in inputs.histories for strip in inputs.strips(history, start, end))


def strips_of_streams(
    connection: Connection, scope: Scope, account: int, streams: Collection[Stream], start: datetime, end: datetime
) -> tuple[Strip, ...]:
    """Return the strips of some streams and channels of an account over [start, end), all of them together.

    They may be gone from all inventories.
    """
    inputs = coverage_inputs(connection, scope.narrowed(frozenset({account})), start)
    return strips_of_streams_by(inputs, streams, start, end)


def strips_of_streams_by(
    inputs: CoverageInputs, streams: Collection[Stream], start: datetime, end: datetime
) -> tuple[Strip, ...]:
    """Return the same by inputs that are those of the account alone."""
    return tuple(strip for one in inputs.histories for strip in _of_streams(inputs, one, streams, start, end))


def strips_of_each(
    connection: Connection, scope: Scope, streams: Mapping[int, Collection[Stream]], start: datetime, end: datetime
) -> dict[str, tuple[Strip, ...]]:
    """Return by ARN the strips of each of some streams and channels, given by account; none outside of the scope."""
    if not streams:
        return {}
    inputs = coverage_inputs(connection, scope.narrowed(frozenset(streams)), start)
    return {
        stream.arn: strips
        for one in inputs.histories
        for group, strips in _alike(inputs, one, streams.get(one.account.id, ()), start, end)
        for stream in group
    }


def strips_of_alike(
    connection: Connection, scope: Scope, account: int, streams: Collection[Stream], start: datetime, end: datetime
) -> tuple[Alike, ...]:
    """Return some streams and channels of an account in groups that share their strips over [start, end)."""
    inputs = coverage_inputs(connection, scope.narrowed(frozenset({account})), start)
    return tuple(group for one in inputs.histories for group in _alike(inputs, one, streams, start, end))


def least_observed_first(alike: Alike) -> tuple[float, str, str]:
    """Return the place of a group among those of its Region."""
    streams, strips = alike
    observed = sum(strip.observed for strip in strips) / max(len(strips), 1)
    return observed, streams[0].name.lower(), streams[0].arn


def _alike(
    inputs: CoverageInputs, history: AccountHistory, streams: Collection[Stream], start: datetime, end: datetime
) -> Iterator[Alike]:
    for group in covered_alike(history, inputs.organizations, streams):
        yield group, _of_streams(inputs, history, group[:1], start, end)


def with_named(
    connection: Connection, scope: Scope, strips: tuple[Strip, ...], query: Filter, places: Places
) -> tuple[Strip, ...]:
    """Return strips, those of the streams that `query` names in place of those of their `places` that do not tell.

    They do not where selectors name streams, and where no stream is left: then there is none.
    """
    told = {(strip.account, strip.region, strip.kind): strip for strip in strips}
    asked = {account for account, region, of in places for kind in CLASSES[of] if _differs(told, account, region, kind)}
    if not asked or not strips:
        return strips
    own = [
        strip
        for account, streams in named_streams(connection, scope.narrowed(frozenset(asked)), query).items()
        for strip in strips_of_streams(connection, scope, account, streams, *range_of(strips))
    ]
    instead = {(strip.account, strip.region, strip.kind) for strip in own}
    return (*(one for one in strips if (one.account, one.region, one.kind) not in instead), *own)


def range_of(strips: Iterable[Strip]) -> tuple[datetime, datetime]:
    """Return the range that strips are of: all have the same."""
    held = [stretch for strip in strips for stretch in strip.stretches]
    return min(stretch.start for stretch in held), max(stretch.end for stretch in held)


def _differs(told: Mapping[tuple[int, str, ActionClass], Strip], account: int, region: str, kind: ActionClass) -> bool:
    strip = told.get((account, region, kind))
    return strip is None or strip.is_by_stream


def _of_streams(
    inputs: CoverageInputs, history: AccountHistory, streams: Collection[Stream], start: datetime, end: datetime
) -> tuple[Strip, ...]:
    own = {(stream.region, kind) for stream in streams for kind in CLASSES[stream.kind]}
    found = inputs.strips(history_of(history, *streams), start, end)
    return tuple(replace(strip, is_by_stream=False) for strip in found if (strip.region, strip.kind) in own)


def worst_first(strips: Iterable[Strip], names: Mapping[int, str]) -> dict[int, list[Strip]]:
    """Return the strips by account, the least observed first: what cannot be seen is what coverage is for."""
    found: dict[int, list[Strip]] = {}
    for strip in strips:
        found.setdefault(strip.account, []).append(strip)
    order = sorted(found, key=lambda account: (_observed(found[account]), names.get(account, ""), account))
    return {account: found[account] for account in order}


def _observed(strips: list[Strip]) -> float:
    return sum(strip.observed for strip in strips) / len(strips)
