"""What retention has dropped, and the deletion of what lies in no partition, in batches."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import Connection

from app.core.model.scope import Scope
from app.core.retention import Dropped
from app.db.queries.shell import scope_filter
from app.db.sql import text

Kind = Literal["event", "event_raw"]
ROLLUPS = frozenset({"roll_hour", "roll_dim", "roll_day", "roll_use", "counted_day"})
COUNTS: Mapping[str, str] = {
    "roll_dim": "day",
    "roll_day": "day",
    # Behind those of single things: as long as it has a day, their counts may be of calls that are gone.
    "roll_hour": "day",
    "roll_use": "last_at",
    "counted_day": "day",
    "own_call": "hour",
    "rejected_record": "rejected_at",
    "addendum": "event_time",
    "access_change": "event_time",
    "log_file": "delivered_at",
    "log_silence": "ends_at",
    "digest": "ends_at",
    "integrity_hour": "ends_at",
    "integrity_break": "at",
}
"""The tables that are not partitioned, and the column of their time: ROLLUPS may outlive the events, others do not."""
BATCH = 5_000
"""Rows a statement: what ingest may have to wait for."""


def dropped(connection: Connection, kind: Kind) -> Dropped | None:
    """Return from before when events or raw records are gone; None while nothing was dropped."""
    row = connection.execute(
        text("select dropped_before, days from retention where what = :kind"), {"kind": kind}
    ).one_or_none()
    return None if row is None else Dropped(row.dropped_before, row.days)


def mark_dropped(connection: Connection, kind: Kind, what: Dropped, now: datetime) -> None:
    """Write down that everything of before then is gone. It stays so when more days are kept later."""
    connection.execute(
        text("""insert into retention (what, dropped_before, days, dropped_at) values (:kind, :before, :days, :now)
                on conflict (what) do update set dropped_before = excluded.dropped_before, days = excluded.days,
                  dropped_at = excluded.dropped_at
                where retention.dropped_before < excluded.dropped_before"""),
        {"kind": kind, "before": what.before, "days": what.days, "now": now},
    )


def keep_counts(connection: Connection, since: date, until: date) -> None:
    """Write down the days whose events were dropped and whose counts are kept: in the transaction that drops them.

    An event of such a day that is read again was counted, as far as anybody can tell. So was one that was corrected,
    with the day of its correction: of its own day nothing may be counted.
    """
    connection.execute(
        text("""insert into counted_day (account_id, day)
                select account_id, day from (
                  select account_id, day from roll_hour
                  union all
                  select account_id, cast(at at time zone 'UTC' as date)
                  from addendum cross join lateral (values (event_time), (root_time)) as times (at)
                ) as known (account_id, day)
                where day >= :since and day < :until group by 1, 2 order by 1, 2 on conflict do nothing"""),
        {"since": since, "until": until},
    )


def counted_days(connection: Connection, scope: Scope) -> tuple[date, date] | None:
    """Return the first and the last day whose events are gone while their counts are kept; None: there is none."""
    condition, values = scope_filter(scope)
    row = connection.execute(
        text(f"select min(day) as first, max(day) as last from counted_day where {condition}"), values
    ).one()
    return None if row.first is None else (row.first, row.last)


def counted_of(connection: Connection, account_id: int) -> frozenset[date]:
    """Return those days of one account."""
    days = connection.execute(text("select day from counted_day where account_id = :account"), {"account": account_id})
    return frozenset(days.scalars())


def accounts_with_counts(connection: Connection, table: str, before: date) -> tuple[int, ...]:
    """Return the accounts that have rows of before `before` in one of COUNTS."""
    rows = connection.execute(
        text(f"select distinct account_id from {table} where {COUNTS[table]} < :before order by 1"), {"before": before}
    )
    return tuple(rows.scalars())


def delete_counts(connection: Connection, table: str, account_id: int, before: date, most: int = BATCH) -> int:
    """Delete at most `most` rows of before `before` from one of COUNTS; return how many.

    Rows that ingest has locked are left for the next batch: two that wait for each other would be a deadlock. What is
    counted over all days loses what goes of its days.
    """
    values: dict[str, Any] = {"account_id": account_id, "before": before, "most": most}
    old = f"""select ctid{{more}} from {table} where account_id = :account_id and {COUNTS[table]} < :before {{which}}
              limit :most"""
    if table != "roll_day":
        rows = connection.execute(text(_DELETED.format(table=table, old=old.format(more="", which=""))), values)
        return len(rows.all())
    chosen = connection.execute(text(old.format(more=", principal_id, action_id", which="")), values).all()
    uses = sorted({(row.principal_id, row.action_id) for row in chosen})
    connection.execute(
        text(_LOCK_USES),
        {"account_id": account_id, "principals": [one for one, _ in uses], "actions": [one for _, one in uses]},
    )
    those = _DELETED.format(table=table, old=old.format(more="", which="and ctid = any(cast(:chosen as tid[]))"))
    rows = connection.execute(text(_OF_ALL_DAYS.format(gone=those)), values | {"chosen": [row.ctid for row in chosen]})
    return len(rows.all())


_DELETED = """delete from {table} where ctid = any(array({old} for update skip locked)) returning *"""
_LOCK_USES = """
select 1 from roll_use where account_id = :account_id and (principal_id, action_id) in (
  select * from unnest(cast(:principals as int[]), cast(:actions as int[])))
order by principal_id, action_id for update
"""
"""In the order of ingest, which takes them before the days: two that wait for each other would be a deadlock."""
_OF_ALL_DAYS = """
with gone as ({gone}),
sums as (select principal_id, action_id, sum(n - errors) as n from gone group by 1, 2 having sum(n - errors) > 0),
less as (
  update roll_use u set n = greatest(0, u.n - s.n),
    first_at = case when u.first_at >= cast(:before as timestamp) at time zone 'UTC' then u.first_at else coalesce(
      (select min(d.first_seen) from roll_day d where d.account_id = u.account_id
         and d.principal_id = u.principal_id and d.action_id = u.action_id and d.day >= :before and d.n > d.errors),
      u.first_at) end
  from sums s where u.account_id = :account_id and u.principal_id = s.principal_id and u.action_id = s.action_id
)
select 1 from gone
"""
"""Its first time is looked for once: all kept days of a principal are read for it."""


def delete_tokens(connection: Connection, before: datetime) -> None:
    """Forget which keys GetSessionToken gave out before then: these are few, and no page counts them."""
    connection.execute(text("delete from issued_token where event_time < :before"), {"before": before})


def empty_rejected(connection: Connection, before: date, most: int = BATCH) -> int:
    """Forget what at most `most` records held that could not be read, and keep that they could not; return how many."""
    rows = connection.execute(
        text("""update rejected_record set raw = null where (account_id, id) in (
                  select account_id, id from rejected_record
                  where raw is not null and rejected_at < :before limit :most)
                returning 1"""),
        {"before": before, "most": most},
    )
    return len(rows.all())
