"""What retention has dropped, and the deletion of what lies in no partition, in batches."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Literal

from sqlalchemy import Connection

from app.core.retention import Dropped
from app.db.sql import text

Kind = Literal["event", "event_raw", "count"]
ROLLUPS = frozenset({"roll_hour", "roll_dim", "roll_day", "roll_use"})
COUNTS: Mapping[str, str] = {
    "roll_hour": "day",
    "roll_dim": "day",
    "roll_day": "day",
    "roll_use": "last_at",
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
    """Return from before when events, raw records or counts are gone; None while nothing was dropped."""
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


def counted_already(connection: Connection) -> tuple[datetime, datetime] | None:
    """Return the time [since, until) whose events are gone while their counts are kept; None: there is none.

    An event of it that is read again is counted: nobody can tell any more that it is the same.
    """
    row = connection.execute(
        text("""select max(dropped_before) filter (where what = 'count') as since,
                  max(dropped_before) filter (where what = 'event') as until from retention""")
    ).one()
    since = datetime.min.replace(tzinfo=UTC) if row.since is None else row.since
    return None if row.until is None or row.until <= since else (since, row.until)


def accounts_with_counts(connection: Connection, table: str, before: date) -> tuple[int, ...]:
    """Return the accounts that have rows of before `before` in one of COUNTS."""
    rows = connection.execute(
        text(f"select distinct account_id from {table} where {COUNTS[table]} < :before order by 1"), {"before": before}
    )
    return tuple(rows.scalars())


def delete_counts(connection: Connection, table: str, account_id: int, before: date, most: int = BATCH) -> int:
    """Delete at most `most` rows of before `before` from one of COUNTS; return how many.

    Rows that ingest has locked are left for the next batch: two that wait for each other would be a deadlock.
    """
    rows = connection.execute(
        text(f"""delete from {table} where account_id = :account_id and ctid = any(array(
                   select ctid from {table} where account_id = :account_id and {COUNTS[table]} < :before
                   limit :most for update skip locked))
                 returning 1"""),
        {"account_id": account_id, "before": before, "most": most},
    )
    return len(rows.all())


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
