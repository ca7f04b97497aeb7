"""What one principal is granted and did on each stream and channel of its account: the matrix, turned."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from app.core.coverage.one_stream import asked_about
from app.core.kvs.actions import EVENT_SOURCE
from app.core.matrix.cells import COLUMNS
from app.core.model.grant import Outcome, add_keys
from app.core.model.scope import Scope
from app.core.model.stream import ResourceKind, Stream
from app.core.query.filter import Filter
from app.core.timeline.days import days_of
from app.db.queries.event_filter import Where, in_scope
from app.db.queries.matrix import Use
from app.db.queries.namesakes import own_of
from app.db.sql import text

Outcomes = Mapping[Outcome, int]
"""The actions of each outcome, as bits."""
_BIT = "cast(1 as bigint) << (array_position(cast(:columns as text[]), {}) - 1)"


@dataclass(frozen=True, slots=True)
class GrantedOn:
    """What is granted on some streams alike; `streams` None: it takes no single stream.

    `keys` are the condition keys of each action that is granted on some.
    """

    outcomes: Outcomes
    streams: tuple[int, ...] | None
    keys: Mapping[str, tuple[str, ...]]


def principals_called(connection: Connection, scope: Scope, name: str, most: int = 2) -> tuple[int, ...]:
    """Return the ids of the principals with this ARN or name, at most `most` of them."""
    where = Where()
    in_scope(where, scope)
    given = where.name(name)
    where.add(f"id <> 0 and (arn = {given} or name = {given})")
    rows = connection.execute(
        text(f"select id from principal where {where.sql} order by id limit {most:d}"), where.params
    )
    return tuple(rows.scalars())


def granted_alike(connection: Connection, scope: Scope, account: int, principal: int) -> tuple[GrantedOn, ...]:
    """Return what a principal is granted, those streams together that stand in the same set."""
    where = _of(scope, account)
    who = where.name(principal)
    rows = connection.execute(
        text(f"""select s.is_wildcard, s.stream_ids, g.outcomes, g.bits, g.keys from (
                   select resource_set, array_agg(outcome) as outcomes, array_agg(bits) as bits,
                     coalesce(json_agg(keys) filter (where outcome = '{Outcome.CONDITIONAL.value}'), '[[]]') as keys
                   from (
                     select resource_set, outcome, bit_or({_BIT.format("action")}) as bits,
                       json_agg(json_build_array(action, condition_keys)) as keys from access_grant
                     where {where.sql} and principal_id = {who} and action = any(:columns) group by 1, 2) each
                   group by 1) g
                 join (select * from resource_set where {where.sql}) s on s.hash = g.resource_set
                 order by s.hash"""),
        where.params | {"columns": list(COLUMNS)},
    )
    return tuple(
        GrantedOn(
            {Outcome(outcome): bits for outcome, bits in zip(row.outcomes, row.bits, strict=True)},
            None if row.is_wildcard else tuple(row.stream_ids),
            united_keys({action: tuple(keys)} for action, keys in row.keys[0]),
        )
        for row in rows
    )


def used_on(
    connection: Connection, scope: Scope, query: Filter, account: int, principal: int
) -> dict[int, dict[str, Use]]:
    """Return by stream the actions that a principal used in the range, in whole days; 0: calls that name no stream."""
    where = _of(scope, account)
    own = own_of(f"n.account_id = {where.name(account)}")
    where.add(f"principal_id = {where.name(principal)} and n > errors")
    first, last = days_of(query.since.at, query.until.at)
    where.add(f"day >= {where.name(first)} and day <= {where.name(last)}")
    rows = connection.execute(
        # The last call of a day may have been a refused one: of the last use the day is told.
        text(f"""select r.stream_id, a.name, r.n, r.first_on, r.last_on
                 from (select coalesce(own, stream_id) as stream_id, action_id, cast(sum(n - errors) as bigint) as n,
                         min(day) as first_on, max(day) as last_on
                       from roll_day left join ({own}) named on named.id = stream_id where {where.sql} group by 1, 2) r
                 join action a on a.id = r.action_id and a.source = :source and a.name = any(:columns)"""),
        where.params | {"columns": list(COLUMNS), "source": EVENT_SOURCE},
    )
    found: dict[int, dict[str, Use]] = {}
    for stream, action, calls, first, last in rows:
        found.setdefault(stream, {})[action] = Use(calls, first, last)
    return found


def streams_there(
    connection: Connection, scope: Scope, account: int, used: Collection[int], narrowed: Sequence[int] | None
) -> dict[int, Stream]:
    """Return by id the streams and channels that an account has, and those `used` that are gone, by name."""
    where = _of(scope, account)
    where.add(f"""(id = any({where.name(sorted(used))}) or exists (
                    select from stream_state t where t.account_id = s.account_id and t.stream_id = s.id
                      and t.removed_at is null))""")
    where.add("arn is not null and id <> 0")
    if narrowed is not None:
        where.add(f"id = any(cast({where.name(list(narrowed))} as integer[]))")
    sql = f"select id, arn, name, region, kind from stream s where {where.sql} order by kind desc, lower(name), id"
    rows = connection.execute(text(sql), where.params).all()
    return {row.id: asked_about(row.arn, row.name, row.region, ResourceKind(row.kind)) for row in rows}


def _of(scope: Scope, account: int) -> Where:
    where = Where()
    in_scope(where, scope)
    where.add(f"account_id = {where.name(account)}")
    return where


def united_keys(granted: Iterable[Mapping[str, tuple[str, ...]]]) -> dict[str, tuple[str, ...]]:
    """Return the condition keys of each action on any of several sets of streams."""
    found: dict[str, tuple[str, ...]] = {}
    for keys in granted:
        for action, own in keys.items():
            add_keys(found, action, own)
    return found


def united(granted: Iterable[Outcomes]) -> dict[str, int]:
    """Return outcomes laid over each other, by name: as `Bits` takes them."""
    found = dict.fromkeys((outcome.value for outcome in Outcome), 0)
    for outcomes in granted:
        for outcome, bits in outcomes.items():
            found[outcome.value] |= bits
    return found
