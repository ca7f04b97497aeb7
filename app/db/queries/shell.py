"""What stands around every page: the accounts in scope and the numbers of the menu."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from app.core.model.scope import Scope
from app.db.sql import text


def scope_filter(scope: Scope, column: str = "account_id") -> tuple[str, dict[str, Any]]:
    """Return the SQL condition and parameters that keep a query inside of a scope."""
    if scope.accounts is None:
        return "true", {}
    return f"{column} = any(:scope_accounts)", {"scope_accounts": sorted(scope.accounts)}


def account_names(connection: Connection, scope: Scope) -> tuple[tuple[int, str], ...]:
    """Return (account, name) of each onboarded account, by name."""
    condition, values = scope_filter(scope)
    rows = connection.execute(
        text(f"select account_id, name from account where removed_at is null and {condition} order by lower(name), 1"),
        values,
    )
    return tuple((row.account_id, row.name) for row in rows)


def no_names(connection: Connection, scope: Scope, texts: Collection[str]) -> tuple[str, ...]:
    """Return those of `texts` that are the name of no account, not even of one that is no longer onboarded."""
    condition, values = scope_filter(scope)
    found = connection.execute(
        text(f"select name from account where name = any(:texts) and {condition}"), values | {"texts": list(texts)}
    )
    return tuple(sorted({*texts} - {*found.scalars()}))


@dataclass(frozen=True, slots=True)
class StaleSource:
    """A source of calls of an account that was not read of late; `read_at` None: never, or not where it is stale.

    `never` are the Regions, or of log files the buckets ("" the first), in which it was never read, none where it was
    in no other.
    """

    account: int
    source: str
    read_at: datetime | None
    never: tuple[str, ...] = ()


# A feed that never ran is due since it was made, which may be long after its account was added. One that fails is
# only ever due a while ahead.
_IS_OVER = """coalesce(f.last_success_at,
                       greatest(a.added_at, case when f.attempts = 0 and f.next_at <= :now then f.next_at end))
              < :now - make_interval(secs => greatest(3600, 3 * f.every_s))"""
_OF_CALLS = """from feed f join account a using (account_id)
               where f.source in ('s3_logs', 'sqs_logs', 'cloudwatch_logs', 'lookup_events')"""


def stale_sources(connection: Connection, scope: Scope, now: datetime) -> tuple[StaleSource, ...]:
    """Return the sources of calls that were not read for three of their turns and an hour, the longest first.

    One that was never read has that long, too, from when it was to be.
    """
    condition, values = scope_filter(scope, "f.account_id")
    rows = connection.execute(
        text(f"""select f.account_id, f.source, min(f.last_success_at) filter (where {_IS_OVER}) as read_at,
                   case when count(f.last_success_at) > 0 then array_agg(f.region order by f.region)
                     filter (where f.last_success_at is null and {_IS_OVER}) end as never
                 {_OF_CALLS} and {condition}
                 group by f.account_id, f.source having bool_or({_IS_OVER}) order by 3 nulls first, 1, 2"""),
        values | {"now": now},
    )
    return tuple(StaleSource(row.account_id, row.source, row.read_at, tuple(row.never or ())) for row in rows)


@dataclass(frozen=True, slots=True)
class BeingRead:
    """What of one source is still to be read, of so many accounts; `account` is the first of them.

    `done` of `total` is read, None where nobody knows: of these accounts and of `others`, of which nothing is being
    read any more. Log files are read back to the day `since`.
    """

    source: str
    account: int
    accounts: int
    done: int | None
    total: int | None
    since: date | None
    others: int = 0


PASTS = ("s3_logs", "cloudwatch_logs", "lookup_events")
"""Sources that go back in time, for hours, after their newest calls are read."""
# What fails or is stale is told as that. What no worker gets to, or dies of, counts no failure: it is no longer being
# read after three of its turns, an hour at least. A queue has no past and never ends. What sorts out most comes first:
# it is asked of each feed for each page.
_IS_BEING_READ = f"""(f.last_success_at is null or f.source in {PASTS}
                     and cast(f.progress ->> 'done' as bigint) < cast(f.progress ->> 'total' as bigint)
                     and f.backfill_stopped_at is null)
                   and a.removed_at is null and f.attempts = 0 and f.source <> 'sqs_logs'
                   and not {_IS_OVER}"""
_BEING_READ = f"from feed f join account a using (account_id) where {_IS_BEING_READ}"
# What was read is all there, whatever its next run has done so far; of logs the past may be left.
_DONE = f"f.progress ->> case when f.last_success_at is null or f.source in {PASTS} then 'done' else 'total' end"


def being_read(connection: Connection, scope: Scope, seen: Scope, now: datetime) -> tuple[BeingRead, ...]:
    """Return what of `scope` is read for the first time, or back in time, a source each.

    So are logs that hold the calls of many accounts: those of any account of `seen` that is no member. How much is read
    counts all feeds of the source of which it is known, so that it does not fall when one of them is done.
    """
    condition, values = scope_filter(scope, "f.account_id")
    rows = connection.execute(
        text(f"""select source, min(account_id) filter (where is_open) as account,
                   count(distinct account_id) filter (where is_open) as accounts,
                   case when bool_and(total is not null or not is_open) then sum(done) end as done,
                   sum(total) as total,
                   min(since) filter (where is_open) as since,
                   count(distinct account_id) filter (where is_open or total is not null)
                     - count(distinct account_id) filter (where is_open) as others
                 from (select f.source, f.account_id, {_IS_BEING_READ} as is_open, cast({_DONE} as int) as done,
                         cast(f.progress ->> 'total' as int) as total,
                         case when f.source = 's3_logs' then cast(f.cursor ->> 'start' as date) end as since
                       from feed f join account a using (account_id)
                       where a.removed_at is null and (:all or f.account_id = any(:seen))
                         and ({condition} or a.kind <> 'member' and f.source in ('s3_logs', 'cloudwatch_logs'))) told
                 group by source having bool_or(is_open) order by source"""),
        values | {"now": now, "all": seen.accounts is None, "seen": sorted(seen.accounts or ())},
    )
    return tuple(BeingRead(*row) for row in rows)


@dataclass(frozen=True, slots=True)
class Standing:
    """How things stand: what the menu counts, by name, whether any source of calls is stale, or anything being read."""

    counts: Mapping[str, int]
    is_stale: bool
    is_being_read: bool


def standing(connection: Connection, scope: Scope, now: datetime) -> Standing:
    """Return how things stand in `scope`: open findings; streams, principals and accounts that are there now."""
    condition, values = scope_filter(scope)
    of_feeds, _ = scope_filter(scope, "f.account_id")
    rows = connection.execute(
        text(f"""select
              (select count(*) from finding where state = 'open' and {condition}) as findings,
              (select count(*) from stream_state where removed_at is null and {condition}) as streams,
              (select count(*) from principal_state where removed_at is null and kind <> 'group' and {condition})
                as principals,
              (select count(*) from account where removed_at is null and {condition}) as accounts,
              exists (select 1 {_OF_CALLS} and {_IS_OVER} and {of_feeds}) as is_stale,
              exists (select 1 {_BEING_READ} and {of_feeds}) as is_being_read"""),
        values | {"now": now},
    ).mappings()
    counts = dict(rows.one())
    return Standing(counts, counts.pop("is_stale"), counts.pop("is_being_read"))
