"""What the search box finds beside streams, principals and accounts: people, keys, addresses and findings."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from app.core.model.finding import FindingState
from app.core.model.scope import Scope
from app.db.queries.event_filter import escaped
from app.db.queries.shell import scope_filter
from app.db.sql import text

NEWEST_CALLS = 50_000
"""People and sessions are no dimension: they are looked for in so many calls, so that a search ends in any estate."""


@dataclass(frozen=True, slots=True)
class Named:
    """A person, session, key or address with its calls."""

    value: str
    calls: int


@dataclass(frozen=True, slots=True)
class Callers:
    """The people, and the sessions of nobody known, that were found among the newest calls.

    `since` is when the oldest of the calls was that were looked at, where there may be more; None: all were.
    """

    people: tuple[Named, ...]
    sessions: tuple[Named, ...]
    since: datetime | None


@dataclass(frozen=True, slots=True)
class FoundFinding:
    """A finding that matches."""

    account_id: int
    id: str
    message: str
    state: FindingState


@dataclass(frozen=True, slots=True)
class Unread:
    """What a search by name cannot find: tags of so many streams, and all of so many accounts, were not read yet."""

    tags: int
    streams: int
    principals: int


def unread(connection: Connection, scope: Scope) -> Unread:
    """Return what nobody has read of what is searched."""
    condition, values = scope_filter(scope)
    row = connection.execute(
        text(f"""with known as (select account_id from account where removed_at is null and {condition}),
                 seen as (select distinct account_id, part from part
                          where part in ('streams', 'iam') and seen_at is not null)
                 select (select count(*) from stream_state where removed_at is null and tags is null and {condition}),
                   (select count(*) from known where (account_id, 'streams') not in (select * from seen)),
                   (select count(*) from known where (account_id, 'iam') not in (select * from seen))"""),
        values,
    ).one()
    return Unread(*row)


def callers(connection: Connection, scope: Scope, contains: str, since: datetime, limit: int) -> Callers:
    """Return the people and sessions whose name has `contains` in it, by their calls, `limit` of each.

    They are those of the newest calls since then; a record that another one corrects is no call. A device's session has
    the ID of its certificate as its name.
    """
    condition, values = scope_filter(scope)
    rows = connection.execute(
        # Counted before they are compared, which costs most: calls are many, their callers few.
        text(f"""with newest as (
                   select person, session_name, is_own, superseded_by is not null as is_corrected, event_time
                   from event where event_time >= :since and {condition}
                   order by event_time desc, event_id desc limit :newest),
                 called as materialized (
                   select person, case when person is null and not is_own then session_name end as session,
                     count(*) as looked_at, count(*) filter (where not is_corrected) as calls,
                     min(event_time) as first_at
                   from newest group by 1, 2),
                 found as (
                   select person is not null as is_person, coalesce(person, session) as value,
                     sum(calls)::bigint as calls
                   from called group by 1, 2),
                 ranked as (
                   select *, row_number() over (partition by is_person order by calls desc, value) as place
                   from found where value ilike :pattern),
                 looked as (select min(first_at) as first_at, sum(looked_at) >= :newest as is_cut from called)
                 select is_person, value, calls, first_at, is_cut
                 from looked left join ranked on place <= :limit order by is_person desc, place"""),
        values | {"since": since, "newest": NEWEST_CALLS, "pattern": f"%{escaped(contains)}%", "limit": limit},
    ).all()
    named_ones = [(row.is_person, Named(row.value, row.calls)) for row in rows if row.value is not None]
    return Callers(
        people=tuple(one for is_person, one in named_ones if is_person),
        sessions=tuple(one for is_person, one in named_ones if not is_person),
        since=rows[0].first_at if rows[0].is_cut else None,
    )


def named(connection: Connection, scope: Scope, kind: str, contains: str, since: date, limit: int) -> tuple[Named, ...]:
    """Return the values of a rollup's `kind` ("key": long-term ones, "address") that have `contains` in them."""
    condition, values = scope_filter(scope)
    rows = connection.execute(
        text(f"""select value, sum(n)::bigint as calls from roll_dim
                 where kind = :kind and day >= :since and value ilike :pattern and {condition}
                 group by value order by 2 desc, 1 limit :limit"""),
        values | {"kind": kind, "since": since, "pattern": f"%{escaped(contains)}%", "limit": limit},
    ).mappings()
    return tuple(Named(**row) for row in rows)


def findings(
    connection: Connection, scope: Scope, contains: str, rules: Iterable[str], limit: int
) -> tuple[FoundFinding, ...]:
    """Return the findings with that id, of these rules, or whose sentence or subject has `contains` in it.

    Open ones come first, the worst before the others.
    """
    condition, values = scope_filter(scope)
    rows = connection.execute(
        text(f"""select account_id, id, message, state from finding
                 where (id = lower(:id) or rule = any(:rules) or message ilike :pattern or subject ilike :pattern)
                   and {condition}
                 order by state <> 'open',
                   array_position(array['critical', 'high', 'medium', 'low', 'info'], severity),
                   last_seen_at desc, account_id, id limit :limit"""),
        values | {"id": contains, "rules": sorted(rules), "pattern": f"%{escaped(contains)}%", "limit": limit},
    ).mappings()
    return tuple(FoundFinding(**(dict(row) | {"state": FindingState(row["state"])})) for row in rows)
