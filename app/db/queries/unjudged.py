"""What nobody could judge who may do what on: streams and channels that no listing has, for none was made."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from sqlalchemy import Connection

from app.core.arn import account_text
from app.core.matrix.cells import TAKEN
from app.core.matrix.then import LISTED_BY, Thens
from app.core.model.scope import Scope
from app.core.model.stream import ResourceKind
from app.core.query.filter import Filter, Verb
from app.db.queries.event_filter import Where, add_conditions, in_scope
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
    was ever listed in any Region, though it was tried; of single ones where nobody listed their Region since they were
    called last: what a listing lacks is not there. As of a time it is so where the Region had not been listed at all.
    An account whose policies nobody read is not among them: of it nothing is known anyway.
    """
    found: dict[int, int] = {}
    for account, kind in _unlisted(connection, scope, query, streams, thens):
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
    """Whether `query` may be about something of a kind in an account: an ARN names both."""
    named = f":{account_text(account)}:{kind}/"
    for one in (one for one in query.conditions if one.verb is Verb.IS):
        if one.field == "resource" and kind not in one.values:
            return False
        if one.field == "stream" and all(value.startswith("arn:") and named not in value for value in one.values):
            return False
    return True


def _unlisted(
    connection: Connection, scope: Scope, query: Filter, streams: Sequence[int] | None, thens: Thens | None
) -> Iterator[tuple[int, ResourceKind]]:
    where = Where()
    in_scope(where, scope)
    add_conditions(connection, where, query.of("account"))
    if thens is not None:
        judged = {account: then for account, then in thens.items() if then.is_evaluated}
        where.add(f"account_id = any(cast({where.name(list(judged))} as bigint[]))")
        for account, own in judged.items():
            yield from ((account, kind) for part, kind in LISTED_BY.items() if own.as_of.is_unknown(part))
    else:
        where.add("account_id in (select account_id from matrix_state where evaluated_at is not null)")
        sql = f"""select account_id, part from part where part = any(:parts) and {where.sql}
                  group by 1, 2 having count(seen_at) = 0"""
        rows = connection.execute(text(sql), where.params | {"parts": list(LISTED_BY)})
        yield from ((account, LISTED_BY[part]) for account, part in rows)
    if not streams:
        return
    where.add(f"id = any(cast({where.name(list(streams))} as integer[]))")
    if thens is None:
        where.add(_UNHEARD_OF)
    rows = connection.execute(
        text(f"select account_id, kind, region, arn from stream s where {where.sql}"), where.params
    )
    for account, kind, region, arn in rows:
        then = thens.get(account) if thens else None
        if then is None or (arn not in then.streams and then.listed_at(ResourceKind(kind), region) is None):
            yield account, ResourceKind(kind)
