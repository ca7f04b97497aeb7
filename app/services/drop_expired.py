"""Drop what is older than it is to be kept: raw records first, then sessions and events, then counts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from app.core.retention import Dropped, Retention, kept_from
from app.db.errors import is_locked
from app.db.partitions import Parent, drop_months, months_before
from app.db.queries import audit, retention

ACTOR = "retention"


@dataclass(frozen=True, slots=True)
class Expired:
    """What went: months by table, rows by table.

    `is_blocked`: a table was in use, the rest is for another time. `is_broken_off`: it was told to stop before the end.
    """

    months: Mapping[str, tuple[date, ...]] = field(default_factory=dict)
    rows: Mapping[str, int] = field(default_factory=dict)
    is_blocked: bool = False
    is_broken_off: bool = False


def drop_expired(
    engine: Engine, keep: Retention, *, now: datetime, is_stopping: Callable[[], bool] = lambda: False
) -> Expired:
    """Drop the whole months that lie before what `keep` says, and the counts of before what it says of them.

    Each table is a transaction, with what is written down of it; broken off and run again it ends as if it had not
    been. A table that is read for long, by a large export, is left for another time, and so are those after it; so are
    counts that a correction holds.
    """
    before, raw_before = kept_from(now, keep.days), kept_from(now, keep.raw_days)
    months: dict[str, tuple[date, ...]] = {}
    rows: dict[str, int] = {}
    try:
        months["event_raw"] = _drop(engine, "event_raw", raw_before, keep.raw_days, now)
        months["issued_session"] = _drop(engine, "issued_session", before, keep.days, now)
        months["event"] = _drop(engine, "event", before, keep.days, now, kept_from(now, keep.count_days))
        _delete(
            engine, _dropped(before, keep.days), kept_from(now, keep.count_days), raw_before, now, is_stopping, rows
        )
    except DBAPIError as error:
        if not is_locked(error):
            raise
        return Expired(months, rows, is_blocked=True)
    return Expired(months, rows, is_broken_off=is_stopping())


def _drop(
    engine: Engine, parent: Parent, before: date, days: int, now: datetime, counts_from: date | None = None
) -> tuple[date, ...]:
    """Drop the months of one table; of events it is written down whose counts are kept, from `counts_from` on."""
    with engine.begin() as connection:
        old = months_before(connection, parent, before)
        if not old:
            return ()
        # Before the tables are locked: whoever holds the log's lock may be reading one of them.
        detail = {"months": [f"{month:%Y-%m}" for month in old], "days_kept": days}
        audit.append(connection, actor=ACTOR, action="drop_months", subject=parent, detail=detail, now=now)
        if parent != "issued_session":
            retention.mark_dropped(connection, parent, _dropped(before, days), now)
        dropped = drop_months(connection, parent, old)
        # Once nobody can add to them any more: until then a day of them may get its first count.
        if counts_from is not None and counts_from < before:
            retention.keep_counts(connection, counts_from, before)
        return dropped


def _dropped(before: date, days: int) -> Dropped:
    return Dropped(datetime.combine(before, time(), UTC), days)


def _delete(
    engine: Engine,
    gone: Dropped,
    counts_before: date,
    raw_before: date,
    now: datetime,
    is_stopping: Callable[[], bool],
    deleted: dict[str, int],
) -> None:
    """Delete what lies in no partition, a batch a transaction, and count it into `deleted`."""
    deleted["rejected_record.raw"] = 0
    while not is_stopping() and (n := _empty_rejected(engine, raw_before)):
        deleted["rejected_record.raw"] += n
    with engine.begin() as connection:
        retention.delete_tokens(connection, gone.before)
    for table in retention.COUNTS:
        before = counts_before if table in retention.ROLLUPS else gone.before.date()
        with engine.connect() as connection:
            accounts = retention.accounts_with_counts(connection, table, before)
        deleted[table] = 0
        for account in accounts:
            while not is_stopping() and (n := _delete_counts(engine, table, account, before, gone, now)):
                deleted[table] += n


def _empty_rejected(engine: Engine, before: date) -> int:
    with engine.begin() as connection:
        return retention.empty_rejected(connection, before)


def _delete_counts(engine: Engine, table: str, account: int, before: date, gone: Dropped, now: datetime) -> int:
    with engine.begin() as connection:
        deleted = retention.delete_counts(connection, table, account, before)
        if deleted:
            # Also where no event was kept: what told of holes in that time is gone, and nobody can tell of it any more.
            retention.mark_dropped(connection, "event", gone, now)
        return deleted
