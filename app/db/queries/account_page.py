"""What the accounts pages show: how fresh each account is, what could not be read, and what was called."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row

from app.core.model.feed import LISTENING
from app.core.model.own_call import DayOfCalls
from app.core.model.scope import Scope
from app.core.model.snapshot import Part, PartState
from app.core.parts import OF_SOURCE
from app.db.queries.shell import scope_filter
from app.db.sql import text


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One account of the list. `parts` were tried, `waiting` are to come; `polled_at` is the last attempt at any."""

    account_id: int
    name: str
    kind: str
    regions: tuple[str, ...]
    source: str
    parts: int
    unseen: int
    waiting: int
    polled_at: datetime | None
    oldest_seen_at: datetime | None
    failing_feeds: int
    running_feeds: int
    own_calls: int
    throttled: int
    open_findings: int


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """One account as onboarded."""

    account_id: int
    name: str
    kind: str
    role_arn: str
    has_external_id: bool
    regions: tuple[str, ...]
    log_buckets: tuple[str, ...]
    log_queue: str | None
    log_group: str | None
    source: str
    added_at: datetime
    cannot_tell: int
    open_findings: int


@dataclass(frozen=True, slots=True)
class ApiCalls:
    """Our own calls of one API in the time asked for."""

    api: str
    calls: int
    throttled: int
    denied: int
    failed: int


@dataclass(frozen=True, slots=True)
class PolicyProblem:
    """A policy that could not be used. `principal` is the ARN of who carries it, "" when it is nobody's own."""

    principal: str
    policy: str
    message: str


_WANTED = {
    "sources": [source for source, parts in OF_SOURCE.items() for _ in parts],
    "parts": [part for parts in OF_SOURCE.values() for part in parts],
}
_WAITING = """
  select f.account_id, w.part, f.region
  from feed f
  join unnest(cast(:sources as text[]), cast(:parts as text[])) as w (source, part) on w.source = f.source
  where not exists (
    select from part p where p.account_id = f.account_id and p.part = w.part and p.region = f.region)"""
"""The parts that an account's feeds read and never tried."""


def account_rows(connection: Connection, scope: Scope, day: datetime) -> tuple[AccountRow, ...]:
    """Return each account with the state of its parts and feeds; own calls are those since `day`."""
    condition, values = scope_filter(scope, "a.account_id")
    rows = connection.execute(
        text(f"""
          with parts as (
            select account_id, count(*) as parts, count(*) filter (where state <> 'seen') as unseen,
                   max(tried_at) as polled_at, min(seen_at) as oldest_seen_at
            from part group by account_id
          ), to_come as (
            select account_id, count(*) as waiting from ({_WAITING}) waiting group by account_id
          ), feeds as (
            select account_id, count(*) filter (where attempts > 0) as failing_feeds,
                   count(*) filter (where owner is not null and source <> all(:listening)) as running_feeds
            from feed group by account_id
          ), calls as (
            select account_id, sum(n) as own_calls,
                   coalesce(sum(n) filter (where outcome = 'throttled'), 0) as throttled
            from own_call where hour >= :day group by account_id
          ), found as (
            select account_id, count(*) as open_findings from finding where state = 'open' group by account_id
          )
          select a.account_id, a.name, a.kind, a.regions, a.source, coalesce(parts, 0) as parts,
                 coalesce(unseen, 0) as unseen, coalesce(waiting, 0) as waiting, polled_at, oldest_seen_at,
                 coalesce(failing_feeds, 0) as failing_feeds, coalesce(running_feeds, 0) as running_feeds,
                 coalesce(own_calls, 0)::bigint as own_calls, coalesce(throttled, 0)::bigint as throttled,
                 coalesce(open_findings, 0) as open_findings
          from account a
          left join parts using (account_id) left join to_come using (account_id) left join feeds using (account_id)
          left join calls using (account_id) left join found using (account_id)
          where a.removed_at is null and {condition}
          order by lower(a.name), a.account_id"""),
        values | _WANTED | {"day": day, "listening": list(LISTENING)},
    ).mappings()
    return tuple(AccountRow(**{**row, "regions": tuple(row["regions"])}) for row in rows)


def account_facts(connection: Connection, scope: Scope, account_id: int) -> AccountFacts | None:
    """Return one account, or None when it is not onboarded or outside of the scope."""
    condition, values = scope_filter(scope)
    row = (
        connection.execute(
            text(f"""select account_id, name, kind, role_arn, external_id is not null as has_external_id, regions,
                        array_remove(log_bucket || more_log_buckets, null) as log_buckets, log_queue, log_group,
                        source, added_at,
                        (select count(*) from cannot_tell where account_id = :account_id) as cannot_tell,
                        (select count(*) from finding where account_id = :account_id and state = 'open')
                          as open_findings
                      from account where account_id = :account_id and removed_at is null and {condition}"""),
            values | {"account_id": account_id},
        )
        .mappings()
        .one_or_none()
    )
    if row is None:
        return None
    return AccountFacts(**{**row, "regions": tuple(row["regions"]), "log_buckets": tuple(row["log_buckets"])})


def account_parts(connection: Connection, scope: Scope, account_id: int) -> tuple[Part, ...]:
    """Return the state of each part of an account, by part and Region; those whose turn has not come are there too."""
    condition, values = scope_filter(scope)
    rows = connection.execute(
        text(f"""select part, region, state, tried_at, seen_at, missing, message from part
                  where account_id = :account_id and {condition}
                  union all
                  select part, region, :not_collected, null, null, null, null from ({_WAITING}) waiting
                  where account_id = :account_id and {condition} order by part, region"""),
        values | _WANTED | {"account_id": account_id, "not_collected": PartState.NOT_COLLECTED.value},
    )
    return tuple(_part(row) for row in rows)


def _part(row: Row[Any]) -> Part:
    return Part(row.part, row.region, PartState(row.state), row.tried_at, row.seen_at, row.missing, row.message)


def unseen_parts(connection: Connection, scope: Scope) -> tuple[tuple[int, Part], ...]:
    """Return (account, part) of all that could not be read at the last attempt."""
    condition, values = scope_filter(scope)
    rows = connection.execute(
        text(f"""select account_id, part, region, state, tried_at, seen_at, missing, message from part
                 where state <> 'seen' and {condition} order by account_id, part, region"""),
        values,
    )
    return tuple((row.account_id, _part(row)) for row in rows)


def own_call_days(connection: Connection, scope: Scope, account_id: int, since: datetime) -> tuple[DayOfCalls, ...]:
    """Return our own AWS calls of each UTC day since then; a day without any is absent."""
    condition, values = scope_filter(scope)
    rows = connection.execute(
        text(f"""select (hour at time zone 'UTC')::date as day, sum(n)::bigint as calls,
                        coalesce(sum(n) filter (where outcome = 'throttled'), 0)::bigint as throttled,
                        coalesce(sum(n) filter (where outcome = 'denied'), 0)::bigint as denied,
                        coalesce(sum(n) filter (where outcome = 'failed'), 0)::bigint as failed
                 from own_call where account_id = :account_id and hour >= :since and {condition}
                 group by 1 order by 1"""),
        values | {"account_id": account_id, "since": since},
    ).mappings()
    return tuple(DayOfCalls(**row) for row in rows)


def own_calls_by_api(connection: Connection, scope: Scope, account_id: int, since: datetime) -> tuple[ApiCalls, ...]:
    """Return our own AWS calls since then by API, the most called first."""
    condition, values = scope_filter(scope)
    rows = connection.execute(
        text(f"""select api, sum(n)::bigint as calls,
                        coalesce(sum(n) filter (where outcome = 'throttled'), 0)::bigint as throttled,
                        coalesce(sum(n) filter (where outcome = 'denied'), 0)::bigint as denied,
                        coalesce(sum(n) filter (where outcome = 'failed'), 0)::bigint as failed
                 from own_call where account_id = :account_id and hour >= :since and {condition}
                 group by api order by 2 desc, api"""),
        values | {"account_id": account_id, "since": since},
    ).mappings()
    return tuple(ApiCalls(**row) for row in rows)


def policy_problems(connection: Connection, scope: Scope, account_id: int) -> tuple[PolicyProblem, ...]:
    """Return the policies that the matrix could not use: what they grant is unknown, not nothing."""
    condition, values = scope_filter(scope)
    rows = connection.execute(
        text(f"""select p ->> 'principal' as principal, p ->> 'policy' as policy, p ->> 'message' as message
                 from matrix_state, jsonb_array_elements(problems) p where account_id = :account_id and {condition}
                 order by 1, 2, 3"""),
        values | {"account_id": account_id},
    ).mappings()
    return tuple(PolicyProblem(row["principal"] or "", row["policy"] or "", row["message"] or "") for row in rows)


def heartbeats(connection: Connection) -> dict[str, datetime]:
    """Return when each worker that did not stop was last heard of, by its id."""
    rows = connection.execute(text("select id, heartbeat_at from worker where stopped_at is null"))
    return {row.id: row.heartbeat_at for row in rows}


def calls_by_day(
    connection: Connection, scope: Scope, since: date, media: Iterable[str]
) -> dict[int, list[tuple[date, int, int]]]:
    """Return (day, calls of `media`, all other calls) of each account since then, our own left out."""
    condition, values = scope_filter(scope)
    # Numbers of a day have room in an integer, and the sum of bigint is numeric, which takes half as long again.
    rows = connection.execute(
        text(f"""
          with calls as (
            select account_id, day, action_id, cast(n as integer) as n from roll_hour
            where day >= :since and {condition}
            union all
            select account_id, (event_time at time zone 'UTC')::date, action_id, cast(-count(*) as integer) from event
            where is_own and superseded_by is null and event_time >= :since and {condition} group by 1, 2, 3
          ), told as (
            select *, action_id = any(array(select id from action where name = any(:media))) as is_media from calls
          )
          select account_id, day, coalesce(sum(n) filter (where is_media), 0) as reads,
            coalesce(sum(n) filter (where not is_media), 0) as rest
          from told group by 1, 2 having sum(n) > 0"""),
        values | {"since": since, "media": sorted(media)},
    )
    found: dict[int, list[tuple[date, int, int]]] = {}
    for row in rows:
        found.setdefault(row.account_id, []).append((row.day, row.reads, row.rest))
    return found
