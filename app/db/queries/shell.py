"""What stands around every page: the accounts in scope and the numbers of the menu."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
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
    """A source of calls of an account that was not read of late; `read_at` None: never."""

    account: int
    source: str
    read_at: datetime | None


_NOT_READ = """from feed f join account a using (account_id)
                 where f.source in ('s3_logs', 'sqs_logs', 'cloudwatch_logs', 'lookup_events')
                   and coalesce(f.last_success_at, a.added_at)
                     < :now - make_interval(secs => greatest(3600, 3 * f.every_s))"""


def stale_sources(connection: Connection, scope: Scope, now: datetime) -> tuple[StaleSource, ...]:
    """Return the sources of calls that were not read for three of their turns and an hour, the longest first.

    One that was never read has that long, too, from when its account was added.
    """
    condition, values = scope_filter(scope, "f.account_id")
    rows = connection.execute(
        text(f"""select f.account_id, f.source,
                   case when bool_and(f.last_success_at is not null) then min(f.last_success_at) end as read_at
                 {_NOT_READ} and {condition}
                 group by f.account_id, f.source order by 3 nulls first, 1, 2"""),
        values | {"now": now},
    )
    return tuple(StaleSource(row.account_id, row.source, row.read_at) for row in rows)


@dataclass(frozen=True, slots=True)
class Standing:
    """How things stand: what the menu counts, by name, and whether any source of calls is stale."""

    counts: Mapping[str, int]
    is_stale: bool


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
              exists (select 1 {_NOT_READ} and {of_feeds}) as is_stale"""),
        values | {"now": now},
    ).mappings()
    counts = dict(rows.one())
    return Standing(counts, counts.pop("is_stale"))
