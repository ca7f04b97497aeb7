"""What the pages of principals show: who there is, what each is granted, and what each did."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from operator import attrgetter

from sqlalchemy import Connection

from app.core.kvs.actions import MEDIA_READ
from app.core.model.grant import Known, Outcome
from app.core.model.principal import SSO_ROLE
from app.core.model.scope import Scope
from app.db.queries.by_name import NamePage, page_sql, page_values
from app.db.queries.namesakes import own_of
from app.db.queries.rolled_days import last_answered, rolled_days
from app.db.queries.shell import scope_filter
from app.db.sql import text


@dataclass(frozen=True, slots=True)
class PrincipalRow:
    """One principal. `listed_at` None: calls named it, no listing of IAM knows it."""

    id: int
    account_id: int
    arn: str
    kind: str
    name: str
    path: str | None
    created_at: datetime | None
    last_used_at: datetime | None
    active_keys: int | None
    has_mfa: bool | None
    listed_at: datetime | None
    removed_at: datetime | None


@dataclass(frozen=True, slots=True)
class GrantRow:
    """One outcome of one action, on `n` streams and channels (or on "*" where the action has no resource)."""

    action: str
    outcome: Outcome
    condition_keys: tuple[str, ...]
    n: int
    is_wildcard: bool


@dataclass(frozen=True, slots=True)
class ActionUse:
    """The calls of one action in a range; `streams` is on how many, `last_answered` None: AWS answered none."""

    action: str
    calls: int
    errors: int
    streams: int
    first_seen: datetime
    last_answered: datetime | None


@dataclass(frozen=True, slots=True)
class StreamTouch:
    """The calls on one stream in a range."""

    stream_id: int
    stream: str
    arn: str
    region: str
    action: str
    calls: int
    errors: int
    last_seen: datetime


@dataclass(frozen=True, slots=True)
class PrincipalUse:
    """What one principal did in a range, refused calls left out."""

    calls: int
    reads: int
    last_seen: datetime | None


_COLUMNS = """p.id, p.account_id, p.arn, coalesce(t.kind, p.kind) as kind, p.name, t.path, t.created_at, t.last_used_at,
  t.active_keys, t.has_mfa, t.seen_at as listed_at, t.removed_at"""


def _shown(name: str) -> str:
    """Return the SQL of what pages print for a name: of a role of Identity Center group 1 of `SSO_ROLE`.

    It is cut by length: all names are sorted, and replacing by the pattern takes the sort twice as long.
    """
    is_of_set = f"starts_with({name}, 'AWSReservedSSO_') and {name} ~ '^{SSO_ROLE}$'"
    return f"case when {is_of_set} then left(substr({name}, 16), -17) else {name} end"


def principal_rows(connection: Connection, scope: Scope, page: NamePage) -> tuple[PrincipalRow, ...]:
    """Return the roles and users that are there now."""
    condition, values = scope_filter(scope, "t.account_id")
    of_page = page_sql("p", ("p.arn", "t.tags::text"), shown=_shown)
    rows = connection.execute(
        text(f"""select {_COLUMNS} from principal_state t join principal p on p.id = t.principal_id
                 where t.kind <> 'group' and {condition} and {of_page}"""),
        values | page_values(page),
    ).mappings()
    return tuple(PrincipalRow(**row) for row in rows)


def principal_row(connection: Connection, scope: Scope, principal_id: int) -> PrincipalRow | None:
    """Return one principal, also one that is gone or that only calls ever named; None outside of the scope."""
    condition, values = scope_filter(scope, "p.account_id")
    row = (
        connection.execute(
            text(f"""select {_COLUMNS} from principal p left join principal_state t
                       on t.principal_id = p.id and t.account_id = p.account_id
                     where p.id = :id and p.id <> 0 and {condition}"""),
            values | {"id": principal_id},
        )
        .mappings()
        .one_or_none()
    )
    return None if row is None else PrincipalRow(**row)


def first_read(
    connection: Connection, scope: Scope, principal_id: int, accounts: Collection[int], before: datetime
) -> tuple[str, datetime] | None:
    """Return the action and the time of the first read of media by a principal that AWS answered; None: none is known.

    In any of `accounts`, of all calls that are counted, and before `before`.
    """
    condition, values = scope_filter(scope)
    row = connection.execute(
        text(f"""select name, first_at from roll_use join action on id = action_id
                 where account_id = any(:accounts) and {condition} and principal_id = :id and name = any(:media)
                   and first_at < :before order by first_at, name limit 1"""),
        values | {"accounts": sorted(accounts), "id": principal_id, "media": sorted(MEDIA_READ), "before": before},
    ).one_or_none()
    return None if row is None else (row.name, row.first_at)


def principal_uses(
    connection: Connection, scope: Scope, ids: Iterable[int], days: tuple[date, date]
) -> dict[int, PrincipalUse]:
    """Return what each of the principals did over whole days, in every account of the scope.

    The last call is known by principal, unless there were calls after those days: then the rollup of days tells, which
    has a row for every stream and action.
    """
    condition, values = scope_filter(scope)
    rows = connection.execute(
        text(f"""
          with used as materialized (
            select account_id, principal_id, max(last_at) as last_at from roll_use
            where principal_id = any(:ids) and last_at >= :since and {condition} group by 1, 2
          ), counted as (
            select value::int as principal_id,
                   coalesce(sum(n) filter (where kind = 'principal'), 0)::bigint as calls,
                   coalesce(sum(n) filter (where kind = 'reader'), 0)::bigint as reads
            from (select account_id, array_agg(principal_id::text) as ids from used group by 1) u
              cross join (values ('principal'), ('reader')) as of (kind)
              cross join lateral (
                select value, sum(n - errors) as n from roll_dim d
                where d.account_id = u.account_id and d.kind = of.kind and day between :first and :last
                  and value = any(u.ids)
                group by 1) d
            group by 1
          ), ended as (
            select principal_id, max(last_at) as last_seen from used where last_at < :after group by 1
            union all
            select principal_id, max({last_answered("r")}) from (
              select r.*, max(day) over (partition by r.principal_id) as last_day
              from used u join roll_day r on r.account_id = u.account_id and r.principal_id = u.principal_id
              where last_at >= :after and day between :first and :last and n > errors) r
            where day = last_day group by 1
          )
          select principal_id, calls, reads, max(last_seen) as last_seen
          from counted left join ended using (principal_id) group by 1, 2, 3"""),
        values
        | {
            "ids": list(ids),
            "first": days[0],
            "last": days[1],
            "since": datetime.combine(days[0], time(), UTC),
            "after": datetime.combine(days[1] + timedelta(days=1), time(), UTC),
        },
    )
    return {row.principal_id: PrincipalUse(row.calls, row.reads, row.last_seen) for row in rows}


def streams_may(connection: Connection, scope: Scope, ids: Iterable[int], actions: Iterable[str]) -> dict[int, Known]:
    """Return on how many streams and channels each principal may call one of `actions`, conditions or not."""
    condition, values = scope_filter(scope, "g.account_id")
    rows = connection.execute(
        text(f"""select principal_id, count(*) filter (where is_granted) as granted,
                   count(*) filter (where not is_granted) as unknown
                 from (select principal_id, stream_id, bool_or(outcome <> 'unknown') as is_granted
                       from (select g.principal_id, unnest(s.stream_ids) as stream_id, g.outcome
                             from access_grant g
                             join resource_set s on s.account_id = g.account_id and s.hash = g.resource_set
                             where g.principal_id = any(:ids) and g.action = any(:actions) and g.outcome <> 'deny'
                               and {condition}) held
                       group by 1, 2) told
                 group by 1"""),
        values | {"ids": list(ids), "actions": sorted(actions)},
    )
    return {row.principal_id: Known(row.granted, row.unknown) for row in rows}


def grants_of(connection: Connection, scope: Scope, row: PrincipalRow) -> tuple[GrantRow, ...]:
    """Return what a principal is granted, by action."""
    condition, values = scope_filter(scope, "g.account_id")
    rows = connection.execute(
        text(f"""select g.action, g.outcome, g.condition_keys, s.n, s.is_wildcard
                 from access_grant g join resource_set s on s.account_id = g.account_id and s.hash = g.resource_set
                 where g.account_id = :account_id and g.principal_id = :id and {condition}
                 order by g.action, g.outcome"""),
        values | {"account_id": row.account_id, "id": row.id},
    )
    return tuple(GrantRow(r.action, Outcome(r.outcome), tuple(r.condition_keys), r.n, r.is_wildcard) for r in rows)


def did(
    connection: Connection,
    scope: Scope,
    principal_id: int,
    days: tuple[date, date],
    most: int,
    at: datetime | None = None,
) -> tuple[tuple[ActionUse, ...], tuple[StreamTouch, ...]]:
    """Return the calls of a principal over whole days, by action and by stream; before `at` if given.

    Of streams the `most` that were called last, the latest first.
    """
    condition, values = scope_filter(scope)
    rolled, bounds = rolled_days(at)
    # Both from one look at the days: those of a busy role are ten thousand rows, all over the table.
    rows = connection.execute(
        text(f"""with of_name as materialized (
                   select stream_id, action_id, sum(n)::bigint as calls, sum(errors)::bigint as errors,
                     min(first_seen) as first_seen, max(last_seen) as last_seen,
                     max({last_answered("r")}) filter (where n > errors) as last_answered
                   from {rolled} r where principal_id = :id and day between :first and :last and {condition}
                   group by 1, 2),
                 of_each as materialized (
                   select coalesce(own, stream_id) as stream_id, action_id, calls, errors, first_seen, last_seen,
                     last_answered
                   from of_name left join ({own_of("n.id in (select stream_id from of_name)")}) o on o.id = stream_id)
                 select null as stream_id, a.name as action, sum(calls)::bigint as calls, sum(errors)::bigint as errors,
                   count(distinct stream_id) filter (where stream_id <> 0) as streams, min(first_seen) as first_seen,
                   max(last_seen) as last_seen, max(last_answered) as last_answered, null as stream, null as arn,
                   null as region
                 from of_each join action a on a.id = action_id group by a.name
                 union all
                 (select stream_id, a.name, sum(calls)::bigint, sum(errors)::bigint, 1, min(first_seen), max(last_seen),
                    null, coalesce(s.name, ''), coalesce(s.arn, ''), coalesce(s.region, '')
                  from of_each join action a on a.id = action_id left join stream s on s.id = stream_id
                  group by stream_id, a.name, s.name, s.arn, s.region order by 7 desc, 2 limit :most)"""),
        values | bounds | {"id": principal_id, "first": days[0], "last": days[1], "most": most},
    ).all()
    uses = [
        ActionUse(row.action, row.calls, row.errors, row.streams, row.first_seen, row.last_answered)
        for row in rows
        if row.stream_id is None
    ]
    touches = [
        StreamTouch(row.stream_id, row.stream, row.arn, row.region, row.action, row.calls, row.errors, row.last_seen)
        for row in rows
        if row.stream_id is not None
    ]
    by_name = attrgetter("action")
    latest = sorted(sorted(touches, key=by_name), key=attrgetter("last_seen"), reverse=True)
    return tuple(sorted(uses, key=by_name)), tuple(latest)


def ids_of(connection: Connection, scope: Scope, arns: Iterable[str]) -> dict[str, int]:
    """Return the ids of the principals that have a page in `scope`, by ARN."""
    condition, values = scope_filter(scope)
    rows = connection.execute(
        text(f"select id, arn from principal where arn = any(:arns) and id <> 0 and {condition}"),
        values | {"arns": list(arns)},
    )
    return {row.arn: row.id for row in rows}
