"""Which streams a question about access is about: those that its filter narrows to, by name, ARN and tag."""

from collections.abc import Sequence
from dataclasses import replace

from psycopg.types.json import Jsonb
from sqlalchemy import Connection

from app.core.coverage.one_stream import asked_about
from app.core.matrix.then import Thens
from app.core.model.scope import Scope
from app.core.model.stream import ResourceKind, Stream
from app.core.query.filter import Condition, Filter, Verb
from app.db.engine import look_up
from app.db.queries.event_filter import Where, escaped, in_scope
from app.db.queries.namesakes import has_own, with_namesakes
from app.db.queries.stream_pages import StreamRow
from app.db.sql import text

_PLACE = ("region", "resource")
"""Asked by `of_row` alone: no question of a page has them."""


def of_row(query: Filter, row: StreamRow) -> Filter:
    """Return `query` of one stream; where nobody told its ARN, by its name where it is: others bear it elsewhere."""
    asked = [Condition("stream", Verb.IS, (row.arn or row.name,))]
    if row.arn is None:
        asked += [
            Condition(field, Verb.IS, (value,)) for field, value in zip(_PLACE, (row.region, row.kind), strict=True)
        ]
    return replace(query, conditions=(*query.conditions, *asked))


def narrowed_streams(
    connection: Connection, scope: Scope, query: Filter, thens: Thens | None = None
) -> list[int] | None:
    """Return the streams that `query` narrows to, or None when it takes all.

    Tags are those that they had then: of a stream that was gone by then the last that it had.
    """
    asked = [condition for condition in query.conditions if condition.field in {"stream", "tag", *_PLACE}]
    if not asked:
        return None
    where = Where()
    in_scope(where, scope)
    for condition in asked:
        if condition.field in _PLACE:
            where.add(where.among(condition.field, condition.values))
        else:
            where.add(named_like(where, condition) if condition.field == "stream" else _tag(where, condition))
    tagged, tags = "left join stream_state t on t.account_id = s.account_id and t.stream_id = s.id", "t.tags"
    if thens is not None:
        at = max(then.as_of.at for then in thens.values()) if thens else None
        known = where.name(Jsonb({arn: tags for then in thens.values() for arn, tags in then.tags.items()}))
        tagged += f""" and t.removed_at <= cast({where.name(at)} as timestamptz)
          left join (select key as arn, value as tags from jsonb_each(cast({known} as jsonb))) n on n.arn = s.arn"""
        tags = "coalesce(n.tags, t.tags)"
    # A row without an ARN is what its namesake is, and has no tags of its own.
    sql = with_namesakes(f"""
      select id from (
        select s.id, s.account_id, s.region, s.kind, s.kind as resource, s.name, s.arn, {tags} as tags
        from stream s {tagged}
        where s.id <> 0) known
      where {where.sql} and (arn is not null or not {has_own("known")})""")
    if thens is None:
        return look_up(connection, sql, **where.params)
    return list(connection.execute(text(sql), where.params).scalars())


def regions_narrowed(
    connection: Connection, scope: Scope, query: Filter, thens: Thens | None = None
) -> dict[int, frozenset[str]] | None:
    """Return by account the Regions of the streams that `query` narrows to, or None when it takes all."""
    return regions_of(connection, scope, narrowed_streams(connection, scope, query, thens))


def regions_of(connection: Connection, scope: Scope, streams: Sequence[int] | None) -> dict[int, frozenset[str]] | None:
    """Return by account the Regions of `streams`; None: of all."""
    if streams is None:
        return None
    where = Where()
    in_scope(where, scope)
    where.add(f"id = any(cast({where.name(list(streams))} as integer[]))")
    rows = connection.execute(
        text(f"select account_id, array_agg(distinct region) as regions from stream where {where.sql} group by 1"),
        where.params,
    )
    return {row.account_id: frozenset(row.regions) for row in rows}


def named_like(where: Where, condition: Condition) -> str:
    """Return what `condition` asks of a name and an ARN, of a stream or a principal alike."""
    if condition.verb is Verb.CONTAINS:
        patterns = where.name([f"%{escaped(value)}%" for value in condition.values])
        return f"(name ilike any({patterns}) or arn ilike any({patterns}))"
    values = where.name(list(condition.values))
    same = f"(name = any({values}) or arn = any({values}))"
    return f"{same} is not true" if condition.verb is Verb.IS_NOT else same


def _tag(where: Where, condition: Condition) -> str:
    """`tag=site` asks for the key, `tag=site:gate` (or with =) for the value too; tags not read match neither.

    A key may have a colon itself: aws:cloudformation:stack-name.
    """
    if condition.verb is Verb.CONTAINS:
        values = where.name([f"%{escaped(value)}%" for value in condition.values])
        like = f"key || ':' || value ilike any({values}) or key || '=' || value ilike any({values})"
    else:
        values = where.name(list(condition.values))
        like = f"key = any({values}) or key || ':' || value = any({values}) or key || '=' || value = any({values})"
    found = f"exists (select from jsonb_each_text(tags) where {like})"
    return f"not {found}" if condition.verb is Verb.IS_NOT else found


def arns_within(
    connection: Connection, scope: Scope, query: Filter, account: int, thens: Thens | None = None
) -> frozenset[str] | None:
    """Return the ARNs of an account's streams that `query` narrows to, or None when it takes all."""
    return arns_of(connection, scope, account, narrowed_streams(connection, scope, query, thens))


def arns_of(connection: Connection, scope: Scope, account: int, streams: Sequence[int] | None) -> frozenset[str] | None:
    """Return the ARNs of an account's streams among `streams`; None: all."""
    if streams is None:
        return None
    where = Where()
    in_scope(where, scope)
    where.add(f"account_id = {where.name(account)} and arn is not null and id = any({where.name(list(streams))})")
    return frozenset(connection.execute(text(f"select arn from stream where {where.sql}"), where.params).scalars())


def known_streams(
    connection: Connection, scope: Scope, account: int, streams: Sequence[int] | None
) -> dict[int, Stream]:
    """Return an account's streams and channels by id, gone or not, of `streams` alone when those are given."""
    where = Where()
    in_scope(where, scope)
    where.add(f"account_id = {where.name(account)} and arn is not null and id <> 0")
    if streams is not None:
        where.add(f"id = any(cast({where.name(list(streams))} as integer[]))")
    rows = connection.execute(text(f"select id, arn, name, region, kind from stream where {where.sql}"), where.params)
    return {row.id: asked_about(row.arn, row.name, row.region, ResourceKind(row.kind)) for row in rows}
