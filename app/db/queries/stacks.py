"""Counts of calls for a chart that is stacked by another field than the call: its largest values, and all others.

The rollups answer for outcomes and accounts; for principals where a bar is as wide as a day; for addresses never, since
none holds them with the call, and the call decides on which side of the line a bar stands. What they do not know is
counted from the events: give it a time limit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from app.core.arn import account_text
from app.core.model.scope import Scope
from app.core.query.filter import NONE, Filter
from app.core.timeline.buckets import Buckets, Counts
from app.db.queries.bars import calls_of, place_of, rolled
from app.db.queries.event_filter import counted_where
from app.db.queries.rollups import Correction, corrections
from app.db.sql import text

VALUES: Mapping[str, str] = {
    "outcome": "''",
    "principal": "cast(principal_id as text)",
    "address": "coalesce(address, '')",
    "account": "cast(account_id as text)",
}
"""What `stack=` names, as an expression over events and over the rollups that hold it; outcomes are in their counts."""


@dataclass(frozen=True, slots=True)
class Layer:
    """The calls of one value, by action and bucket. `value` is for the URL; None: of all values without a layer."""

    value: str | None
    label: str
    counts: tuple[Counts, ...]

    @property
    def total(self) -> int:
        """The calls of all buckets."""
        return sum(count.total for count in self.counts)


def layers(
    connection: Connection, scope: Scope, query: Filter, into: Buckets, stack: str, most: int
) -> tuple[Layer, ...]:
    """Return the calls that `query` means by the `most` largest values of the field `stack`, then those of others."""
    parts, params = _parts(connection, scope, query, into, VALUES[stack])
    by = "select at, action_id, value, n from raw"
    if stack == "outcome":
        by = "select at, action_id, 'ok', n - errors from raw union all select at, action_id, 'error', errors from raw"
    sql = f"""with raw (at, action_id, value, n, errors) as ({" union all ".join(parts)}),
              calls (at, action_id, value, n) as ({by}),
              placed as materialized (select {place_of("at")} as place, action_id, value, sum(n) as n
                                      from calls group by 1, 2, 3),
              top as (select value, row_number() over (order by sum(n) desc, value) as rank
                      from placed group by value having sum(n) > 0 order by rank limit {most:d}),
              found as (select t.rank, t.value, p.action_id, p.place, cast(sum(p.n) as bigint) as n
                        from placed p left join top t on t.value = p.value group by 1, 2, 3, 4)
              select found.rank, found.value, coalesce(a.name, '') as action, array_agg(place) as places,
                     array_agg(n) as calls
              from found left join action a on a.id = found.action_id
              where n > 0 group by 1, 2, 3 order by 1 nulls last, 3"""
    rows = connection.execute(text(sql), {**params, "start": into.start, "width_s": into.width.total_seconds()})
    found: dict[str | None, list[Counts]] = {}
    for row in rows:
        found.setdefault(row.value, []).append(Counts(row.action, row.places, row.calls, 0))
    named = _named(connection, stack, [value for value in found if value])
    return tuple(Layer(*named.get(value, (value, value or "none")), tuple(counts)) for value, counts in found.items())


def _named(connection: Connection, stack: str, values: list[str]) -> dict[str | None, tuple[str | None, str]]:
    """Return what the URL and people call values of the rollups: (value, label)."""
    known: dict[str | None, tuple[str | None, str]] = {None: (None, "others"), "": (NONE, "none")}
    if stack == "account":
        sql = "select account_id, name from account where account_id = any(:ids)"
        found = connection.execute(text(sql), {"ids": [int(value) for value in values]})
        names: dict[str, str] = {str(row.account_id): row.name for row in found}
        texts = {value: account_text(int(value)) for value in values}
        return known | {value: (texts[value], names.get(value) or texts[value]) for value in values}
    if stack == "principal":
        sql = "select id, arn, name from principal where id = any(:ids) and id <> 0"
        rows = connection.execute(text(sql), {"ids": [int(value) for value in values]})
        return known | {"0": (NONE, "none")} | {str(row.id): (row.arn, row.name) for row in rows}
    return known


def _parts(
    connection: Connection, scope: Scope, query: Filter, into: Buckets, value: str
) -> tuple[list[str], dict[str, Any]]:
    start, end, parts, params = (
        rolled(connection, scope, query, into.width, value, has_hours="principal" not in value)
        if "address" not in value
        else (query.since.at, query.since.at, [], {})
    )
    if not parts:
        where = counted_where(connection, scope, query)
        return [calls_of(Correction(1, where), value)], where.params
    for correction in corrections(connection, scope, query, start, end):
        parts.append(calls_of(correction, value))
        params |= correction.where.params
    return parts, params
