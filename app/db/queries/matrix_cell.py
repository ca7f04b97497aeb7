"""One cell of the access matrix: what a principal is granted of an action, and its calls."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from app.core.kvs.actions import ACTIONS, EVENT_SOURCE
from app.core.matrix.then import EVERYWHERE, Then, Thens
from app.core.model.grant import Outcome
from app.core.model.scope import Scope
from app.core.query.filter import Filter
from app.core.timeline.days import days_of
from app.db.queries.event_filter import Where, add_conditions, in_scope
from app.db.queries.narrowed_streams import narrowed_streams
from app.db.queries.rolled_days import last_answered, rolled_days
from app.db.sql import text


@dataclass(frozen=True, slots=True)
class CellGrant:
    """One outcome of a cell and the ARNs that share it, by name; ("*",) where the action takes no resource."""

    outcome: Outcome
    condition_keys: tuple[str, ...]
    resources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CellUse:
    """The calls of a cell in the range, from the first on; `last_at` is of those that were answered. None: no such."""

    calls: int
    errors: int
    first_at: datetime | None
    last_at: datetime | None


def cell_grants_then(then: Then, principal: str, action: str, within: frozenset[str] | None) -> tuple[CellGrant, ...]:
    """Return what `cell_grants` does as of a time; `within` are the ARNs of the streams that count, None: all."""
    found = [
        CellGrant(one.outcome, one.condition_keys, _counting(one.resources, within))
        for one in then.by_principal.get(principal, ())
        if one.action == action
    ]
    order = list(Outcome)
    kept = (one for one in found if one.resources)
    return tuple(sorted(kept, key=lambda one: (order.index(one.outcome), -len(one.resources), one.condition_keys)))


def _counting(resources: tuple[str, ...], within: frozenset[str] | None) -> tuple[str, ...]:
    if within is None or resources == EVERYWHERE:
        return resources
    return tuple(arn for arn in resources if arn in within)


def cell_grants(
    connection: Connection, scope: Scope, query: Filter, account: int, principal: int, action: str
) -> tuple[CellGrant, ...]:
    """Return what a principal is granted of an action on the streams that `query` narrows to, allows first."""
    where = Where()
    in_scope(where, scope)
    where.add(f"account_id = {where.name(account)} and principal_id = {where.name(principal)}")
    where.add(f"action = {where.name(action)}")
    streams = narrowed_streams(connection, scope, query)
    kept = "" if streams is None else f"and id = any(cast({where.name(streams)} as integer[]))"
    rows = connection.execute(
        text(f"""select g.outcome, g.condition_keys, r.is_wildcard,
                   array(select arn from stream where id = any(r.stream_ids) {kept} order by name, arn) as arns
                 from (select * from access_grant where {where.sql}) g
                 join resource_set r on r.account_id = g.account_id and r.hash = g.resource_set
                 order by array_position(cast(:order as text[]), g.outcome), r.n desc, g.condition_keys"""),
        where.params | {"order": [outcome.value for outcome in Outcome]},
    )
    return tuple(
        CellGrant(Outcome(row.outcome), tuple(row.condition_keys), ("*",) if row.is_wildcard else tuple(row.arns))
        for row in rows
        if row.is_wildcard or row.arns
    )


def cell_use(
    connection: Connection,
    scope: Scope,
    query: Filter,
    account: int,
    principal: int,
    action: str,
    thens: Thens | None = None,
) -> CellUse:
    """Return the calls of a principal with an action on the streams of `query`, in its range: whole days, before `at`.

    Calls of actions without a resource type name no stream; they are about all of them.
    """
    rolled, params = rolled_days(query.at.at if query.at else None)
    where = Where(params=dict(params))
    in_scope(where, scope)
    where.add(f"account_id = {where.name(account)} and principal_id = {where.name(principal)}")
    first, last = days_of(query.since.at, query.until.at)
    where.add(f"day >= {where.name(first)} and day <= {where.name(last)}")
    streams = narrowed_streams(connection, scope, query, thens)
    if streams is not None and not ACTIONS[action].is_wildcard_only:
        where.add(f"stream_id = any(cast({where.name(streams)} as integer[]))")
    source, name = where.name(EVENT_SOURCE), where.name(action)
    where.add(f"action_id = any(select id from action where source = {source} and name = {name})")
    row = connection.execute(
        text(f"""select coalesce(sum(n), 0) as n, coalesce(sum(errors), 0) as errors, min(first_seen) as first_at,
                   max({last_answered("r")}) filter (where n > errors) as last_at from {rolled} r where {where.sql}"""),
        where.params,
    ).one()
    return CellUse(int(row.n), int(row.errors), row.first_at, row.last_at)


def matrix_principal(connection: Connection, scope: Scope, principal: int) -> tuple[int, str, str] | None:
    """Return (account, ARN, name) of a principal, or None when `scope` has none of that id."""
    where = Where()
    in_scope(where, scope)
    where.add(f"id = {where.name(principal)} and id <> 0")
    row = connection.execute(
        text(f"select account_id, arn, name from principal where {where.sql}"), where.params
    ).one_or_none()
    return None if row is None else (row.account_id, row.arn, row.name)


def acting_account(connection: Connection, scope: Scope, query: Filter, principal: int, own: int) -> int:
    """Return the account that a principal is told of: its own, or where it is of none that is watched one it called in.

    AWS services are of no account, and callers may be of accounts that are not onboarded.
    """
    where = Where()
    in_scope(where, scope)
    add_conditions(connection, where, query.of("account"))
    sql = f"""select coalesce((select account_id from account where account_id = :own and removed_at is null),
                (select min(account_id) from roll_use where principal_id = :principal and {where.sql}), :own)"""
    return int(connection.execute(text(sql), where.params | {"own": own, "principal": principal}).scalar_one())
