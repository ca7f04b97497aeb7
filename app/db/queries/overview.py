"""What the overview shows: how each rule stands, what is new, and who read media lately."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from app.core.kvs.actions import MEDIA_READ
from app.core.model.finding import Severity
from app.core.model.scope import Scope
from app.db.queries.namesakes import own_of
from app.db.queries.shell import scope_filter
from app.db.sql import text


@dataclass(frozen=True, slots=True)
class RuleState:
    """How one rule stands over all accounts of a scope.

    `runs` counts the accounts that it was evaluated for, `failed` those where the rule itself failed; `checked` sums
    what was looked at, None when the rule does not count.
    """

    rule: str
    open: int
    new: int
    cannot_tell: int
    runs: int
    failed: int
    checked: int | None


@dataclass(frozen=True, slots=True)
class Lifetime:
    """`n` findings of a rule that were first seen on one day and resolved on another (None: still there)."""

    rule: str
    opened: date
    resolved: date | None
    n: int


@dataclass(frozen=True, slots=True)
class NewFinding:
    """The worst finding of a rule among the newest; `n` are open of that rule."""

    account_id: int
    id: str
    rule: str
    subject: str
    severity: Severity
    message: str
    first_seen_at: datetime
    n: int


@dataclass(frozen=True, slots=True)
class Reader:
    """Who read media: `streams` is how many that calls told of, `stream` one of them."""

    account_id: int
    principal_id: int
    principal: str
    arn: str
    kind: str
    streams: int
    stream_id: int | None
    stream: str
    reads: int


def rule_states(connection: Connection, scope: Scope, new_since: datetime) -> dict[str, RuleState]:
    """Return how each rule that ever ran or found something stands; `new` are open findings first seen since then."""
    condition, values = scope_filter(scope)
    rows = connection.execute(
        text(f"""
          with found as (
            select rule, count(*) as open, count(*) filter (where first_seen_at >= :since) as new
            from finding where state = 'open' and {condition} group by rule
          ), blind as (
            select rule, count(*) as cannot_tell from cannot_tell where {condition} group by rule
          ), runs as (
            select rule, count(*) as runs, count(error) as failed, sum(checked)::bigint as checked
            from rule_run where {condition} group by rule
          )
          select rule, coalesce(open, 0) as open, coalesce(new, 0) as new, coalesce(cannot_tell, 0) as cannot_tell,
                 coalesce(runs, 0) as runs, coalesce(failed, 0) as failed, checked
          from runs full join found using (rule) full join blind using (rule)"""),
        values | {"since": new_since},
    ).mappings()
    return {row["rule"]: RuleState(**row) for row in rows}


def lifetimes(connection: Connection, scope: Scope, since: date) -> tuple[Lifetime, ...]:
    """Return when findings came and went that were there after `since`; muted ones are left out."""
    condition, values = scope_filter(scope)
    rows = connection.execute(
        text(f"""select rule, (first_seen_at at time zone 'UTC')::date as opened,
                        (resolved_at at time zone 'UTC')::date as resolved, count(*) as n
                 from finding where state <> 'muted' and (resolved_at is null or resolved_at >= :since) and {condition}
                 group by 1, 2, 3"""),
        values | {"since": since},
    ).mappings()
    return tuple(Lifetime(**row) for row in rows)


def newest_findings(connection: Connection, scope: Scope, since: datetime, limit: int) -> tuple[NewFinding, ...]:
    """Return the worst open finding of each rule: those first seen since then by severity, the others after them.

    One poll finds a hundred alike at the same second: by time alone, the one that matters would stand behind them.
    """
    condition, values = scope_filter(scope)
    rows = connection.execute(
        text(f"""
          with ranked as (
            select finding.*, first_seen_at >= :since as is_new,
                   array_position(array['critical', 'high', 'medium', 'low', 'info'], severity) as rank
            from finding where state = 'open' and {condition}
          ), placed as (
            select ranked.*, count(*) over (partition by rule) as n,
                   row_number() over (partition by rule order by is_new desc, rank, first_seen_at desc, id) as place
            from ranked
          )
          select account_id, id, rule, subject, severity, message, first_seen_at, n from placed
          where place = 1 order by is_new desc, rank, first_seen_at desc, id limit :limit"""),
        values | {"since": since, "limit": limit},
    ).mappings()
    return tuple(NewFinding(**(dict(row) | {"severity": Severity(row["severity"])})) for row in rows)


def readers(connection: Connection, scope: Scope, since: date, limit: int) -> tuple[Reader, ...]:
    """Return who read media with success since that day, the most calls first."""
    condition, values = scope_filter(scope)
    # Of those that are shown alone, the rollup of days tells which streams.
    rows = connection.execute(
        text(f"""
          with most as materialized (
            select account_id, cast(value as integer) as principal_id, sum(n - errors)::bigint as reads from roll_dim
            where kind = 'reader' and day >= :since and {condition} group by 1, 2 having sum(n - errors) > 0
            order by 3 desc, 1, 2 limit :limit
          ), days as materialized (
            select distinct m.account_id, m.principal_id, m.reads, nullif(r.stream_id, 0) as stream_id
            from most m join roll_day r on r.account_id = m.account_id and r.principal_id = m.principal_id
            where r.day >= :since and r.n > r.errors
              and r.action_id in (select id from action where name = any(:actions))
          ), named as (
            {own_of("n.id in (select stream_id from days)")}
          ), reads as (
            select account_id, principal_id, reads, count(distinct coalesce(own, stream_id)) as streams,
                   max(coalesce(own, stream_id)) as stream_id
            from days left join named on named.id = stream_id
            group by 1, 2, 3
          )
          select reads.account_id, principal_id, p.name as principal, coalesce(p.arn, '') as arn, p.kind, streams,
                 stream_id, coalesce(s.name, '') as stream, reads
          from reads left join principal p on p.id = principal_id left join stream s on s.id = stream_id
          order by reads desc, principal"""),
        values | {"actions": sorted(MEDIA_READ), "since": since, "limit": limit},
    ).mappings()
    return tuple(Reader(**row) for row in rows)


MOST_LOOKED_AT = 1_000
"""Calls of a reader, the newest first, in which its people are looked for: others than reads are among them."""


@dataclass(frozen=True, slots=True)
class People:
    """Who stood behind the answered reads among the newest calls of a reader: persons, those of most reads first.

    `is_more`: records of some of these reads name no person, or there are older calls.
    """

    persons: tuple[str, ...]
    is_more: bool


def people(
    connection: Connection, scope: Scope, found: Iterable[Reader], since: datetime
) -> dict[tuple[int, int], People]:
    """Return by account and principal the people behind each of a few readers since then."""
    asked = [one for one in found if scope.holds(one.account_id)]
    if not asked:
        return {}
    # The newest few of each: one of millions of calls may have read a handful.
    each = (
        f"""(select account_id, principal_id, person, action_id, error_code from event
             where account_id = :a{n} and principal_id = :p{n} and event_time >= :since and superseded_by is null
             order by event_time desc, event_id desc limit {MOST_LOOKED_AT})"""
        for n in range(len(asked))
    )
    values = {f"a{n}": one.account_id for n, one in enumerate(asked)}
    values |= {f"p{n}": one.principal_id for n, one in enumerate(asked)}
    rows = connection.execute(
        text(f"""with newest as ({" union all ".join(each)}),
                 counted as (
                   select account_id, principal_id, person, count(*) as calls,
                     count(*) filter (where error_code is null and action_id in (
                       select id from action where name = any(:actions))) as reads
                   from newest group by 1, 2, 3)
                 select account_id, principal_id, sum(calls) >= {MOST_LOOKED_AT} as is_cut,
                   bool_or(person is null and reads > 0) as is_unnamed,
                   array_agg(person order by reads desc, person) filter (where person is not null and reads > 0)
                     as persons
                 from counted group by 1, 2"""),
        values | {"actions": sorted(MEDIA_READ), "since": since},
    )
    return {
        (row.account_id, row.principal_id): People(tuple(row.persons or ()), row.is_cut or row.is_unnamed)
        for row in rows
    }
