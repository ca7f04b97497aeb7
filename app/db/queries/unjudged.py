"""What nobody could judge who may do what on: streams and channels that no listing has, for none was made."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection

from app.core.arn import account_text
from app.core.matrix.cells import TAKEN
from app.core.matrix.then import LISTED_BY, Thens
from app.core.model.scope import Scope
from app.core.model.stream import ResourceKind
from app.core.query.filter import Filter, Verb
from app.db.queries.event_filter import Where, add_conditions, in_scope
from app.db.queries.rolled_days import rolled_days
from app.db.sql import text

# A row of the name alone is what its namesake is, and calls by name are calls on each that bears it.
_SAME = "(n.account_id, n.region, n.kind, n.name) = (s.account_id, s.region, s.kind, s.name)"
_UNHEARD_OF = f"""not exists (
    select from stream n join stream_state t on t.account_id = n.account_id and t.stream_id = n.id
    where {_SAME} and (n.id = s.id or s.arn is null))
  and not exists (
    select from part p
    where p.account_id = s.account_id and p.part = s.kind || 's' and p.region = s.region and p.seen_at is not null
      and not exists (
        select from stream n join roll_day d on d.account_id = n.account_id and d.stream_id = n.id
        where {_SAME} and (n.id = s.id or n.arn is null)
          and d.day >= cast(p.seen_at at time zone 'UTC' as date) and d.last_seen > p.seen_at))"""


def unjudged_actions(
    connection: Connection, scope: Scope, query: Filter, streams: Sequence[int] | None, thens: Thens | None = None
) -> Mapping[int, int]:
    """Return by account the actions, as bits, that may be granted on something of which nobody could judge that.

    `streams` are those that `query` narrows to, None: all. Of all of a kind that may be asked about it is so where none
    was ever listed in any Region, though the account was polled; of single ones where nobody listed their Region since
    they were called last: what a listing lacks is not there. As of a time what came before it counts. An account whose
    policies nobody read is not among them: of it nothing is known anyway.
    """
    where = Where()
    in_scope(where, scope)
    add_conditions(connection, where, query.of("account"))
    unjudged = _now(connection, where, streams) if thens is None else _then(connection, where, streams, thens)
    found: dict[int, int] = {}
    for account, kind in unjudged:
        if _is_about(query, account, kind):
            found[account] = found.get(account, 0) | TAKEN[kind]
    return found


def unlisted_regions(connection: Connection, scope: Scope) -> Mapping[int, tuple[str, ...]]:
    """Return by account the Regions whose streams or channels were never listed, though it was tried.

    Where the others there were, it is "eu-west-1 (channels)".
    """
    where = Where()
    in_scope(where, scope)
    rows = connection.execute(
        text(f"""select account_id, array_agg(distinct place order by place) as places from (
                   select account_id, seen_at, region || case
                     when count(seen_at) over (partition by account_id, region) > 0 then ' (' || part || ')' else '' end
                     as place
                   from part where part = any(:parts) and {where.sql}) tried
                 where seen_at is null group by 1"""),
        where.params | {"parts": list(LISTED_BY)},
    )
    return {account: tuple(regions) for account, regions in rows}


def unheard_of(connection: Connection, scope: Scope, streams: Collection[int]) -> frozenset[int]:
    """Return those of `streams` that no listing has, and none could since they were called last."""
    where = Where()
    in_scope(where, scope)
    where.add(f"id = any(cast({where.name(sorted(streams))} as integer[])) and {_UNHEARD_OF}")
    return frozenset(connection.execute(text(f"select id from stream s where {where.sql}"), where.params).scalars())


def _is_about(query: Filter, account: int, kind: ResourceKind) -> bool:
    """Whether `query` may be about something of a kind in an account: ARNs of streams and of principals name theirs."""
    digits = account_text(account)
    named = {"stream": f":{digits}:{kind}/", "principal": f":{digits}:"}
    for one in (one for one in query.conditions if one.verb is Verb.IS):
        if one.field == "resource" and kind not in one.values:
            return False
        own = named.get(one.field, "")
        if own and all(value.startswith("arn:") and own not in value for value in one.values):
            return False
    return True


def _now(connection: Connection, where: Where, streams: Sequence[int] | None) -> Iterator[tuple[int, ResourceKind]]:
    """Yield account and kind of what no listing tells of: of all of a kind, and of single `streams`."""
    where.add("account_id in (select account_id from matrix_state where evaluated_at is not null)")
    sql = f"""select account_id, kind.part from part cross join unnest(cast(:parts as text[])) kind (part)
              where {where.sql} group by 1, 2
              having count(seen_at) filter (where part.part = kind.part) = 0
                and count(*) filter (where part.part in (kind.part, 'iam')) > 0"""
    rows = connection.execute(text(sql), where.params | {"parts": list(LISTED_BY)})
    yield from ((account, LISTED_BY[part]) for account, part in rows)
    if streams:
        where.add(f"id = any(cast({where.name(list(streams))} as integer[])) and {_UNHEARD_OF}")
        sql = f"select distinct account_id, kind from stream s where {where.sql}"
        yield from ((account, ResourceKind(kind)) for account, kind in connection.execute(text(sql), where.params))


def _then(
    connection: Connection, where: Where, streams: Sequence[int] | None, thens: Thens
) -> Iterator[tuple[int, ResourceKind]]:
    """Yield the same as of a time: what no listing before it tells of."""
    judged = {account: then for account, then in thens.items() if then.is_evaluated}
    for account, then in judged.items():
        yield from ((account, kind) for part, kind in LISTED_BY.items() if then.as_of.is_unknown(part))
    if not streams or not judged:
        return
    at = next(iter(judged.values())).as_of.at
    where.add(f"account_id = any(cast({where.name(list(judged))} as bigint[]))")
    where.add(f"id = any(cast({where.name(list(streams))} as integer[]))")
    sql = f"""select id, account_id, kind, region, name, arn, exists (
                select from stream n join stream_state t on t.account_id = n.account_id and t.stream_id = n.id
                where {_SAME} and (n.id = s.id or s.arn is null)
                  and t.removed_at <= cast({where.name(at)} as timestamptz)) as is_gone
              from stream s where {where.sql}"""
    called: dict[int, tuple[int, ResourceKind, datetime]] = {}
    for ident, account, kind, region, name, arn, is_gone in connection.execute(text(sql), where.params):
        then, own = judged[account], ResourceKind(kind)
        if arn in then.streams or (arn is None and (region, kind, name) in then.names):
            continue
        listed_at = then.listed_until(own, region)
        if listed_at is None:
            yield account, own
        elif not is_gone:
            called[ident] = account, own, listed_at
    if called:
        yield from _called_after(connection, called, at)


def _called_after(
    connection: Connection, listed: Mapping[int, tuple[int, ResourceKind, datetime]], at: datetime
) -> Iterator[tuple[int, ResourceKind]]:
    """Yield account and kind of the streams that were called after their Region was listed, and before `at`."""
    rolled, values = rolled_days(at)
    rows = connection.execute(
        text(f"""select stream_id, max(last_seen) as last_seen from {rolled} r
                 where account_id = any(cast(:accounts as bigint[])) and stream_id = any(cast(:streams as integer[]))
                 group by 1"""),
        values | {"accounts": sorted({account for account, _, _ in listed.values()}), "streams": list(listed)},
    )
    for ident, last_seen in rows:
        account, kind, listed_at = listed[ident]
        if last_seen > listed_at:
            yield account, kind
