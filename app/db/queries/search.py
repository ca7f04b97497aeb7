"""What the search box finds beside streams, principals and accounts: people, keys, addresses and findings."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from app.core.model.finding import FindingState
from app.core.model.scope import Scope
from app.db.queries.event_filter import escaped
from app.db.queries.lineage import CORRECTED_SESSION
from app.db.queries.shell import scope_filter
from app.db.sql import text

NEWEST_CALLS = 50_000
"""Sessions are no dimension: they are looked for in so many calls, so that a search ends in any estate."""
MOST_TAKEN = 2_000
"""So many records of one session name are counted: a device takes a session an hour."""


@dataclass(frozen=True, slots=True)
class Named:
    """A person, session, key or address with its calls."""

    value: str
    calls: int


@dataclass(frozen=True, slots=True)
class Outsider:
    """A principal of an account that is not watched."""

    id: int
    name: str
    account_id: int


@dataclass(frozen=True, slots=True)
class Sessions:
    """The sessions of nobody known that were found among the newest calls.

    `since` is when the oldest of the calls was that were looked at, where there may be more; None: all were.
    """

    found: tuple[Named, ...]
    since: datetime | None


@dataclass(frozen=True, slots=True)
class TakenSession:
    """Sessions of one role with a name, as records of AssumeRole* tell; or of one that asked for others by that name.

    `key` is that of the newest of them, None where no record names one. `is_caller`: the name is of who asked.
    `is_cut`: there are older ones. `principal_id` is 0 where `principal` is not told. `is_refused`: they are calls that
    asked for the role and were refused, or failed; `key` is that which asked.
    """

    key: str | None
    principal: str
    principal_id: int
    count: int
    last_at: datetime
    is_caller: bool
    is_cut: bool
    is_refused: bool


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


def people(
    connection: Connection, scope: Scope, contains: str, since: datetime, limit: int, most: int
) -> tuple[Named, ...]:
    """Return the people whose name has `contains` in it, by name, with their calls since then, `most` at the most.

    A record that another one corrects is no call.
    """
    condition, values = scope_filter(scope)
    called = f"from event where {{}} and event_time >= :since and {condition}"
    rows = connection.execute(
        # From one name to the next in their index: people are few, their calls are not.
        text(f"""with recursive known (person) as (
                   (select person {called.format("person is not null")} order by person limit 1)
                   union all
                   select next.person from known cross join lateral (
                     select person {called.format("person > known.person")} order by person limit 1) next),
                 found as (select person from known where person ilike :pattern),
                 counted as (
                   select found.person, (select count(*) from (
                     select {called.format("event.person = found.person")} and superseded_by is null limit :most) few
                   ) as calls from found)
                 select person, calls from counted where calls > 0 limit :limit"""),
        values | {"since": since, "pattern": f"%{escaped(contains)}%", "most": most, "limit": limit},
    )
    return tuple(Named(row.person, row.calls) for row in rows)


def sessions(connection: Connection, scope: Scope, contains: str, since: datetime, limit: int) -> Sessions:
    """Return the sessions without a person whose name has `contains` in it, by their calls.

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
                   select case when person is null and not is_own then session_name end as session,
                     count(*) as looked_at, count(*) filter (where not is_corrected) as calls,
                     min(event_time) as first_at
                   from newest group by 1),
                 found as (
                   select session as value, calls from called where session ilike :pattern
                   order by 2 desc, 1 limit :limit),
                 looked as (select min(first_at) as first_at, sum(looked_at) >= :newest as is_cut from called)
                 select value, calls, first_at, is_cut from looked left join found on true order by 2 desc, 1"""),
        values | {"since": since, "newest": NEWEST_CALLS, "pattern": f"%{escaped(contains)}%", "limit": limit},
    ).all()
    return Sessions(
        tuple(Named(row.value, row.calls) for row in rows if row.value is not None),
        rows[0].first_at if rows[0].is_cut else None,
    )


def taken_sessions(
    connection: Connection, scope: Scope, name: str, since: datetime, limit: int
) -> tuple[TakenSession, ...]:
    """Return the sessions of that very name by role, those of the newest first, though they called nothing of KVS."""
    given = [*_taken(connection, scope, ("session_name", "role_id", "access_key"), name, since, limit)]
    asked = [*_taken(connection, scope, ("caller_session_name", "caller_id", "caller_key"), name, since, limit)]
    # One session is known by the record that issued it and by those that it left.
    known = {one.principal for one in given if not one.is_refused}
    found = [*given, *(one for one in asked if one.principal not in known)]
    return tuple(sorted(found, key=lambda one: one.last_at, reverse=True)[:limit])


def _taken(
    connection: Connection, scope: Scope, columns: tuple[str, str, str], name: str, since: datetime, limit: int
) -> Iterator[TakenSession]:
    condition, values = scope_filter(scope)
    column, principal, key = columns
    # Who was refused a role was in a session of its own; no session of the role came of it.
    is_refused = "error_code is not null" if column == "session_name" else "false"
    rows = connection.execute(
        # As the indexes have it: a name of an imported record may be longer than a page of one. What two accounts
        # recorded of one call counts once, by the record that names the key and so its caller; what a record corrects
        # does not.
        text(f"""with newest as (
                   select account_id, event_time, event_id, addendum_of, {principal} as principal_id,
                     {is_refused} as is_refused, case when {is_refused} then caller_key else {key} end as key,
                     coalesce(shared_event_id, cast(event_id as text)) as call
                   from issued_session
                   where left({column}, 64) = left(cast(:name as text), 64) and {column} = :name
                     and event_time >= :since and {condition}
                   order by event_time desc limit :newest),
                 once as (select distinct on (call) * from newest s
                   where not exists ({CORRECTED_SESSION}) order by call, key is null)
                 select (array_agg(n.key order by n.event_time desc) filter (where n.key is not null))[1] as key,
                   coalesce(p.arn, '') as principal, coalesce(p.id, 0) as principal_id,
                   case when n.is_refused then count(*) else greatest(count(distinct n.key), 1) end as count,
                   max(n.event_time) as last_at, n.is_refused,
                   (select count(*) from newest) >= :newest as is_cut
                 from once n left join principal p on p.id = nullif(n.principal_id, 0)
                 group by p.id, n.is_refused order by 5 desc limit :limit"""),
        values | {"name": name, "since": since, "newest": MOST_TAKEN, "limit": limit},
    ).mappings()
    return (TakenSession(**row, is_caller=column != "session_name") for row in rows)


def is_in_taken(connection: Connection, scope: Scope, contains: str, since: datetime) -> bool:
    """Return whether a record of AssumeRole* names a session with `contains` in its name; no index knows such."""
    condition, values = scope_filter(scope)
    found = connection.execute(
        text(f"""select exists(select from issued_session
                   where (session_name ilike :pattern or caller_session_name ilike :pattern)
                     and event_time >= :since and {condition})"""),
        values | {"since": since, "pattern": f"%{escaped(contains)}%"},
    )
    return bool(found.scalar_one())


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


def callers_accounts(
    connection: Connection, scope: Scope, digits: str, since: date, limit: int
) -> tuple[tuple[int, int], ...]:
    """Return the accounts that are not watched, with `digits` in their number, whose principals called; and how often.

    Those that called most come first; a refused call is one, too.
    """
    condition, values = scope_filter(scope, "r.account_id")
    rows = connection.execute(
        text(f"""with outside as (
                   select account_id, array_agg(id) as ids from principal
                   where account_id <> 0 and lpad(cast(account_id as text), 12, '0') like :pattern
                     and account_id not in (select account_id from account where removed_at is null)
                   group by 1)
                 select outside.account_id, cast(sum(n) as bigint) as calls
                 from outside join roll_day r on r.principal_id = any(ids) and r.day >= :since
                 where {condition} group by 1 order by 2 desc, 1 limit :limit"""),
        values | {"since": since, "pattern": f"%{escaped(digits)}%", "limit": limit},
    )
    return tuple((account, calls) for account, calls in rows)


def outsiders(connection: Connection, scope: Scope, contains: str, limit: int) -> tuple[Outsider, ...]:
    """Return the principals of accounts that are not watched with `contains` in their ARN, by name.

    Some record named them: as the caller of KVS, or as whom a role was given to. Whoever may not see all accounts is
    told of none.
    """
    condition, values = scope_filter(scope, "p.account_id")
    rows = connection.execute(
        text(f"""select id, name, account_id from principal p
                 where id <> 0 and account_id <> 0 and arn ilike :pattern and {condition}
                   and account_id not in (select account_id from account where removed_at is null)
                   and not exists (select from principal_state t where t.principal_id = p.id)
                 order by lower(name), id limit :limit"""),
        values | {"pattern": f"%{escaped(contains)}%", "limit": limit},
    ).mappings()
    return tuple(Outsider(**row) for row in rows)


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
