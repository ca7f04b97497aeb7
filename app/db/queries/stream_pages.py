"""What the pages of streams and channels show: who may, who did, and what is set."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from app.core.coverage.one_stream import asked_about
from app.core.kvs.actions import MEDIA_READ
from app.core.model.grant import Known
from app.core.model.scope import Scope
from app.core.model.stream import ResourceKind, Stream
from app.db.engine import look_up
from app.db.queries.by_name import NamePage, page_sql, page_values
from app.db.queries.event_filter import escaped
from app.db.queries.namesakes import alike, own_of
from app.db.queries.rolled_days import last_answered, rolled_days
from app.db.queries.shell import scope_filter
from app.db.sql import text


@dataclass(frozen=True, slots=True)
class StreamRow:
    """One stream or channel. `status` None: calls named it, no inventory knows it.

    `camera`, `site` and `owner` are what its people call it; None: no alias is imported.
    """

    id: int
    account_id: int
    region: str
    kind: str
    name: str
    arn: str | None
    status: str | None
    created_at: datetime | None
    retention_hours: int | None
    kms_key_id: str | None
    media_type: str | None
    device_name: str | None
    channel_type: str | None
    tags: Mapping[str, str] | None
    seen_at: datetime | None
    removed_at: datetime | None
    camera: str | None
    site: str | None
    owner: str | None


@dataclass(frozen=True, slots=True)
class StreamUse:
    """The calls on one stream in a range that show video."""

    reads: int
    last_read_at: datetime | None


@dataclass(frozen=True, slots=True)
class DayUse:
    """The calls of one principal with one action on one stream on one UTC day.

    `last_answered` is the last that AWS answered, None where it refused or failed all.
    """

    day: date
    principal_id: int
    principal: str
    kind: str
    arn: str
    action: str
    calls: int
    errors: int
    first_seen: datetime
    last_seen: datetime
    last_answered: datetime | None


_COLUMNS = """s.id, s.account_id, s.region, s.kind, s.name, s.arn, t.status, t.created_at, t.retention_hours,
  t.kms_key_id, t.media_type, t.device_name, t.channel_type, t.tags, t.seen_at, t.removed_at,
  l.camera, l.site, l.owner"""
_ALIAS = """left join stream_alias l on l.account_id = s.account_id and l.region = s.region and l.kind = s.kind
  and l.name = s.name"""
_PUNCTUATION = "-_/.,:;#()[]"
_ALIAS_WORDS = (
    f"""' ' || translate(concat_ws(' ', l.camera, l.site, l.owner), '{_PUNCTUATION}', '{" " * len(_PUNCTUATION)}')"""
)
# A tag is found as people write it: site:north, site=north.
_TAGS = tuple(f"""replace(t.tags::text, '": "', '{mark}')""" for mark in ":=")
_SEARCHED = ("s.name", "s.arn", *_TAGS, "t.device_name", "l.camera", "l.site", "l.owner")


def stream_rows(connection: Connection, scope: Scope, page: NamePage) -> tuple[StreamRow, ...]:
    """Return the streams and channels that are there now.

    Of an alias the beginnings of its words are enough: "cam 17" finds "Camera 17".
    """
    condition, values = scope_filter(scope, "t.account_id")
    words = page.contains.translate(str.maketrans(_PUNCTUATION, " " * len(_PUNCTUATION))).split()
    of_words = f"({_ALIAS_WORDS}) ilike all(cast(:words as text[]))" if words else "false"
    rows = connection.execute(
        text(f"""select {_COLUMNS} from stream_state t join stream s on s.id = t.stream_id {_ALIAS}
                 where {condition} and {page_sql("s", _SEARCHED, of_words)}"""),
        values | page_values(page) | ({"words": [f"% {escaped(word)}%" for word in words]} if words else {}),
    ).mappings()
    return tuple(StreamRow(**row) for row in rows)


def stream_row(connection: Connection, scope: Scope, stream_id: int) -> StreamRow | None:
    """Return one stream or channel, also one that is gone or that only calls ever named; None outside of the scope."""
    condition, values = scope_filter(scope, "s.account_id")
    row = (
        connection.execute(
            text(f"""select {_COLUMNS} from stream s left join stream_state t
                       on t.stream_id = s.id and t.account_id = s.account_id
                     {_ALIAS}
                     where s.id = :id and s.id <> 0 and {condition}"""),
            values | {"id": stream_id},
        )
        .mappings()
        .one_or_none()
    )
    return None if row is None else StreamRow(**row)


def namesake(connection: Connection, scope: Scope, row: StreamRow) -> int | None:
    """Return the stream that calls mean which name `row` without an ARN: the one of that name there is, or was.

    None where none is known, or several that are gone.
    """
    condition, values = scope_filter(scope, "s.account_id")
    found = connection.execute(
        text(f"""select s.id, t.stream_id is not null and t.removed_at is null as is_there from stream s
                 left join stream_state t on t.stream_id = s.id and t.account_id = s.account_id
                 where s.account_id = :account_id and s.region = :region and s.kind = :kind and s.name = :name
                   and s.arn is not null and {condition}"""),
        values | {"account_id": row.account_id, "region": row.region, "kind": row.kind, "name": row.name},
    ).all()
    there = [one.id for one in found if one.is_there] or [one.id for one in found]
    return there[0] if len(there) == 1 else None


def streams_in(connection: Connection, scope: Scope, account: int, region: str) -> dict[int, Stream]:
    """Return by id the streams and channels that the last listings of a Region of an account have, by name."""
    condition, values = scope_filter(scope, "s.account_id")
    rows = connection.execute(
        text(f"""select s.id, s.arn, s.name, s.region, s.kind from stream s
                 join stream_state t on t.account_id = s.account_id and t.stream_id = s.id
                 where s.account_id = :account and t.region = :region and t.removed_at is null and {condition}
                 order by lower(s.name), s.id"""),
        values | {"account": account, "region": region},
    ).all()
    return {row.id: asked_about(row.arn, row.name, row.region, ResourceKind(row.kind)) for row in rows}


def stream_uses(
    connection: Connection, scope: Scope, ids: Iterable[int], days: tuple[date, date]
) -> dict[int, StreamUse]:
    """Return how the media of each of the streams was read over whole days; refused calls are no use."""
    condition, values = scope_filter(scope)
    # Account by account, as the rollup lies; of the last day alone the one of all combinations tells the time.
    rows = connection.execute(
        text(f"""
          with wanted as (
            select account_id, id, id as own from stream where id = any(:ids) and {condition}
            union all
            select account_id, stream.id, own from stream join ({own_of("s.id = any(:ids)")}) named using (id)
            where {condition}
          ), asked as (
            select account_id, array_agg(id::text) as ids from wanted group by 1
          ), read as materialized (
            select account_id, r.* from asked cross join lateral (
              select value::int as id, sum(n - errors)::bigint as reads, max(day) filter (where n > errors) as last_day
              from roll_dim
              where account_id = asked.account_id and kind = 'read_stream' and day between :first and :last
                and value = any(asked.ids)
              group by 1) r
          ), ended as (
            select id, max({last_answered("d")}) as last_read_at
            from read join roll_day d on (d.account_id, d.stream_id, d.day) = (read.account_id, id, last_day)
            where n > errors and action_id in (select id from action where name = any(:reads)) group by 1
          )
          select own as id, sum(reads)::bigint as reads, max(last_read_at) as last_read_at
          from wanted join read using (id) left join ended using (id) group by own"""),
        values | {"ids": list(ids), "reads": sorted(MEDIA_READ), "first": days[0], "last": days[1]},
    )
    return {row.id: StreamUse(row.reads, row.last_read_at) for row in rows}


def who_may_counts(
    connection: Connection, scope: Scope, ids: Iterable[int], actions: Iterable[str]
) -> dict[int, Known]:
    """Return how many principals may call one of `actions` on each stream, with or without conditions.

    Many hold the same sets of streams: each combination is looked into once.
    """
    condition, values = scope_filter(scope, "g.account_id")
    rows = connection.execute(
        text(f"""with held as (
                   select account_id, principal_id, resource_set, bool_or(outcome <> 'unknown') as is_granted
                   from access_grant g where action = any(:actions) and outcome <> 'deny' and {condition}
                   group by 1, 2, 3),
                 alike as (
                   select row_number() over () as number, account_id, sets, told, count(*) as n from (
                     select account_id, array_agg(resource_set order by resource_set) as sets,
                       array_agg(is_granted order by resource_set) as told
                     from held group by account_id, principal_id) each
                   group by account_id, sets, told)
                 select stream_id, coalesce(sum(n) filter (where is_granted), 0)::bigint as granted,
                   coalesce(sum(n) filter (where not is_granted), 0)::bigint as unknown
                 from (select number, alike.n, stream_id, bool_or(is_granted) as is_granted
                       from alike cross join unnest(sets, told) as one (hash, is_granted)
                       join resource_set s on s.account_id = alike.account_id and s.hash = one.hash
                         and s.stream_ids && cast(:ids as int[])
                       cross join unnest(s.stream_ids) as stream_id
                       where stream_id = any(:ids) group by 1, 2, 3) found
                 group by 1"""),
        values | {"ids": list(ids), "actions": sorted(actions)},
    )
    return {row.stream_id: Known(row.granted, row.unknown) for row in rows}


def evaluated_accounts(connection: Connection, scope: Scope) -> frozenset[int]:
    """Return the accounts whose grants were ever computed."""
    condition, values = scope_filter(scope)
    return frozenset(look_up(connection, f"select account_id from matrix_state where {condition}", **values))


def unlisted_accounts(connection: Connection, scope: Scope) -> frozenset[int]:
    """Return the accounts that were polled and none of whose streams were ever listed: 0 streams is no answer there."""
    condition, values = scope_filter(scope)
    rows = connection.execute(
        text(f"""select account_id from part where part in ('streams', 'iam') and {condition}
                 group by account_id having count(seen_at) filter (where part = 'streams') = 0"""),
        values,
    )
    return frozenset(rows.scalars())


def day_uses(
    connection: Connection,
    scope: Scope,
    row: StreamRow,
    days: tuple[date, date],
    limit: int,
    at: datetime | None = None,
) -> tuple[DayUse, ...]:
    """Return who called what on a stream on each day, the last one included, or of it what came before `at`.

    The oldest day first; of more than `limit` the newest.
    """
    condition, values = scope_filter(scope, "r.account_id")
    rolled, bounds = rolled_days(at)
    rows = connection.execute(
        text(f"""select r.day, r.principal_id, p.name as principal, p.kind, p.arn, a.name as action,
                   sum(r.n)::bigint as calls, sum(r.errors)::bigint as errors, min(r.first_seen), max(r.last_seen),
                   max({last_answered("r")}) filter (where r.n > r.errors)
                 from {rolled} r join action a on a.id = r.action_id join principal p on p.id = r.principal_id
                 where r.account_id = :account_id and r.day between :first and :last and {condition}
                   and r.stream_id = any(array({alike(":id")}))
                 group by r.day, r.principal_id, p.id, a.name
                 order by r.day desc, r.principal_id desc, a.name desc limit :limit"""),
        values
        | bounds
        | {"account_id": row.account_id, "id": row.id, "first": days[0], "last": days[1], "limit": limit},
    ).all()
    return tuple(DayUse(*found) for found in reversed(rows))


def answered_last(
    connection: Connection,
    scope: Scope,
    row: StreamRow,
    since: datetime,
    until: datetime,
    wanted: Collection[tuple[int, str]],
) -> dict[tuple[int, str], datetime]:
    """Return when AWS last answered each `wanted` principal's call of an action on a stream in [since, until).

    By the calls. Each is looked for backwards from the end: of who calls often, few are read.
    """
    condition, values = scope_filter(scope, "e.account_id")
    rows = connection.execute(
        text(f"""select w.principal_id, w.action, last.at
                 from unnest(cast(:principals as int[]), cast(:actions as text[])) as w (principal_id, action)
                 cross join lateral (
                   select e.event_time as at from event e
                   where e.account_id = :account_id and e.event_time >= :since and e.event_time < :until and {condition}
                     and e.principal_id = w.principal_id and e.stream_id = any(array({alike(":id")}))
                     and e.action_id = any(array(select id from action where name = w.action))
                     and e.error_code is null and e.superseded_by is null
                   order by e.event_time desc limit 1) as last"""),
        values
        | {"account_id": row.account_id, "id": row.id, "since": since, "until": until}
        | {"principals": [principal for principal, _ in wanted], "actions": [action for _, action in wanted]},
    )
    return {(principal, action): at for principal, action, at in rows}
