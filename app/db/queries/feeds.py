"""Feeds: claim by lease, advance and release fenced by owner.

A worker that was killed leaves its lease behind; when it has run out, any worker claims the feed and goes on from
the cursor. A worker that only slept meets `LeaseLost` in its next transaction, which then writes nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from psycopg.types.json import Jsonb
from sqlalchemy import Connection, RowMapping

from app.core.errors import KvswatchError
from app.core.model.feed import NO_RECORDS, Backfill, Cursor, Feed, FeedKey, Progress, Records
from app.core.model.scope import Scope
from app.core.trailfile.shape import storable
from app.db.sql import text

HISTORIES = frozenset({"lookup_events", "cloudwatch_logs"})
"""Sources that read the past without a listing, and may have no estimate of it yet."""
_COLUMNS = """account_id, source, region, every_s, next_at, owner, lease_until, cursor, attempts, last_started_at,
 last_success_at, last_error_at, last_error, progress, backfill, backfill_stopped_at,
 last_call, last_call_at, records_read, records_kept, records_rejected"""


class LeaseLost(KvswatchError):
    """Another worker holds the feed by now: what this one did must not be stored."""


def add_feeds(connection: Connection, keys: Iterable[tuple[FeedKey, int]], now: datetime) -> None:
    """Make sure that each (key, every_s) has its feed, due at once when it is new."""
    for key, every_s in sorted(keys):
        values = asdict(key) | {"every_s": every_s, "now": now}
        connection.execute(
            text("""insert into feed (account_id, source, region, every_s, next_at)
                    values (:account_id, :source, :region, :every_s, :now) on conflict do nothing"""),
            values,
        )
        # A statement of its own: an upsert would lock the rows that stay as they are too, and meet collectors that
        # hold one row and want another.
        connection.execute(
            text("""update feed set every_s = :every_s where account_id = :account_id and source = :source
                    and region = :region and every_s <> :every_s"""),
            values,
        )


def claim(connection: Connection, owner: str, now: datetime, lease_s: int, sources: Sequence[str]) -> Feed | None:
    """Return the feed that has been due longest, leased to `owner` for `lease_s` seconds; None when none is due."""
    row = (
        connection.execute(
            text(f"""update feed set owner = :owner, lease_until = :until, last_started_at = :now, wanted_at = null
                 where (account_id, source, region) = (
                   select account_id, source, region from feed
                   where next_at <= :now and (lease_until is null or lease_until < :now) and source = any(:sources)
                   order by next_at, account_id, source, region limit 1 for update skip locked)
                 returning {_COLUMNS}"""),
            {"owner": owner, "until": now + timedelta(seconds=lease_s), "now": now, "sources": list(sources)},
        )
        .mappings()
        .one_or_none()
    )
    return None if row is None else _feed(row)


def renew(connection: Connection, owners: Iterable[str], until: datetime) -> None:
    """Hold all leases of `owners` until then."""
    whose = "owner = any(:owners) and lease_until is not null"
    connection.execute(
        text(f"update feed set lease_until = :until where {whose} and {_locked(whose)}"),
        {"owners": sorted(owners), "until": until},
    )


def _locked(condition: str) -> str:
    """Return a condition that locks the feeds of another one in the order of their keys: who waits, waits in line.

    Heartbeats renew several feeds while ingest makes several due: each in its own order, they would deadlock.
    """
    return f"""(account_id, source, region) in (
      select account_id, source, region from feed where {condition} order by account_id, source, region for update)"""


def hold(connection: Connection, key: FeedKey, owner: str) -> None:
    """Lock the feed for this transaction; nobody can take it over until it ends.

    Raises:
        LeaseLost: when `owner` does not hold it any more.
    """
    held = connection.execute(
        text("""select owner from feed where account_id = :account_id and source = :source and region = :region
                for update"""),
        asdict(key),
    ).scalar_one_or_none()
    if held != owner:
        raise LeaseLost(f"feed {key} is now held by {held or 'nobody'}: what was read is dropped and read again")


def advance(
    connection: Connection,
    key: FeedKey,
    owner: str,
    cursor: Cursor,
    progress: Progress | None,
    records: Records = NO_RECORDS,
) -> None:
    """Move the cursor in the transaction that stores what lay before it, and count the `records` of that.

    Raises:
        LeaseLost: when `owner` does not hold the feed any more.
    """
    hold(connection, key, owner)
    connection.execute(
        text("""update feed set cursor = :cursor, progress = coalesce(:progress, progress),
                  backfill = coalesce(:backfill, backfill), records_read = records_read + :read,
                  records_kept = records_kept + :kept, records_rejected = records_rejected + :rejected
                where account_id = :account_id and source = :source and region = :region"""),
        asdict(key) | asdict(records) | {"cursor": Jsonb(dict(cursor)), **_json(progress)},
    )


def report(
    connection: Connection, key: FeedKey, owner: str, progress: Progress | None, call: str, now: datetime
) -> None:
    """Show how far `owner` is and which AWS call it made last."""
    connection.execute(
        text("""update feed set progress = coalesce(:progress, progress), backfill = coalesce(:backfill, backfill),
                  last_call = :call, last_call_at = :now
                where account_id = :account_id and source = :source and region = :region and owner = :owner"""),
        asdict(key) | {"owner": owner, **_json(progress), "call": call, "now": now},
    )


def release(connection: Connection, key: FeedKey, owner: str, now: datetime, next_at: datetime) -> None:
    """End a run that went well. Whoever asked for one while it was under way gets another at once."""
    connection.execute(
        text("""update feed set owner = null, lease_until = null, attempts = 0, last_success_at = :now,
                  next_at = case when wanted_at is not null then :now else :next_at end, last_error = null
                where account_id = :account_id and source = :source and region = :region and owner = :owner"""),
        asdict(key) | {"owner": owner, "now": now, "next_at": next_at},
    )


def fail(connection: Connection, key: FeedKey, owner: str, now: datetime, next_at: datetime, error: str) -> None:
    """End a run that failed; the cursor stays where the last transaction left it."""
    connection.execute(
        text("""update feed set owner = null, lease_until = null, attempts = attempts + 1, last_error_at = :now,
                  next_at = case when wanted_at is not null then :now else :next_at end, last_error = :error
                where account_id = :account_id and source = :source and region = :region and owner = :owner"""),
        asdict(key) | {"owner": owner, "now": now, "next_at": next_at, "error": storable(error)},
    )


def forget(connection: Connection, keys: Sequence[FeedKey], now: datetime) -> None:
    """Let these feeds begin anew, as if they had never run; a run under way finds its lease gone.

    That nothing of the past is to be read, if somebody said so, stays.
    """
    connection.execute(
        text("""update feed set cursor = null, owner = null, lease_until = null, next_at = :now, attempts = 0,
                  last_started_at = null, last_success_at = null, last_error_at = null, last_error = null,
                  progress = null, backfill = null, records_read = 0, records_kept = 0, records_rejected = 0
                where account_id = any(:accounts) and (account_id, source, region) in (
                  select * from unnest(cast(:accounts as bigint[]), cast(:sources as text[]), cast(:regions as text[])))
             """),
        {
            "accounts": [key.account_id for key in keys],
            "sources": [key.source for key in keys],
            "regions": [key.region for key in keys],
            "now": now,
        },
    )


def make_due(connection: Connection, scope: Scope, account_id: int, now: datetime, sources: Sequence[str] = ()) -> int:
    """Make the feeds of an account (or only those of `sources`) due; return how many."""
    if not scope.holds(account_id):
        return 0
    rows = connection.execute(
        text(f"""update feed set next_at = least(next_at, :now), wanted_at = :now
                 where {_locked("account_id = :account_id and (:all or source = any(:sources))")} returning source"""),
        {"account_id": account_id, "now": now, "all": not sources, "sources": list(sources)},
    )
    return len(rows.all())


def steer_backfill(connection: Connection, scope: Scope, account_id: int, stopped_at: datetime | None) -> int:
    """Let the feeds of an account that read the past stop there (or, with None, go on); return how many there are."""
    if not scope.holds(account_id):
        return 0
    rows = connection.execute(
        text("""update feed set backfill_stopped_at = :at
                where account_id = :account_id and (backfill is not null or (source = any(:histories)
                  and cast(progress ->> 'done' as bigint) < cast(progress ->> 'total' as bigint)))
                returning source"""),
        {"account_id": account_id, "at": stopped_at, "histories": sorted(HISTORIES)},
    )
    return len(rows.all())


def make_touched_due(connection: Connection, now: datetime, source: str) -> None:
    """Make `source` due in every account that has hours to judge: one bucket holds the calls of many accounts."""
    touched = "source = :source and account_id in (select distinct account_id from touched_hour)"
    connection.execute(
        text(f"update feed set next_at = least(next_at, :now), wanted_at = :now where {_locked(touched)}"),
        {"now": now, "source": source},
    )


def feeds(connection: Connection, scope: Scope, account_id: int | None = None) -> tuple[Feed, ...]:
    """Return the feeds of one account, or of all that `scope` may see."""
    rows = connection.execute(
        text(f"""select {_COLUMNS} from feed
                 where (:all or account_id = any(:accounts)) and (:account_id = -1 or account_id = :account_id)
                 order by account_id, source, region"""),
        {
            "all": scope.accounts is None,
            "accounts": sorted(scope.accounts or ()),
            "account_id": -1 if account_id is None else account_id,
        },
    ).mappings()
    return tuple(_feed(row) for row in rows)


def owners_of(connection: Connection, worker_ids: Sequence[str]) -> list[str]:
    """Return the lease owners (`worker id/thread`) that belong to these workers."""
    rows = connection.execute(
        text("select distinct owner from feed where split_part(owner, '/', 1) = any(:ids)"), {"ids": list(worker_ids)}
    )
    return list(rows.scalars())


def leave(connection: Connection, owners: Sequence[str]) -> None:
    """Give up the leases of owners that are known to be gone."""
    connection.execute(
        text("update feed set owner = null, lease_until = null where owner = any(:owners)"), {"owners": list(owners)}
    )


def _json(progress: Progress | None) -> dict[str, Jsonb | None]:
    """Return the columns of a progress. The backfill has its own: a release of before there was one reads the other."""
    if progress is None:
        return {"progress": None, "backfill": None}
    values = asdict(progress)
    backfill = values.pop("backfill")
    return {"progress": Jsonb(values), "backfill": None if backfill is None else Jsonb(backfill)}


def _feed(row: RowMapping) -> Feed:
    values = dict(row)
    key = FeedKey(values.pop("account_id"), values.pop("source"), values.pop("region"))
    progress, backfill = values.pop("progress"), values.pop("backfill")
    known = None if backfill is None else Backfill(**backfill)
    records = Records(*(values.pop(f"records_{what}") for what in ("read", "kept", "rejected")))
    told = None if progress is None else Progress(**progress, backfill=known)
    return Feed(key, progress=told, records=records, **values)
