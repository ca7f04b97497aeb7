"""The monthly partitions of events, raw records and sessions.

Made and dropped by two functions of the schema, because services have no DDL of their own. There is no default
partition: a row that had landed there would keep its month from ever being made.
"""

from collections.abc import Iterable
from datetime import date
from typing import Literal

from sqlalchemy import Connection

from app.db.engine import lock
from app.db.sql import text

Parent = Literal["event", "event_raw", "issued_session"]


def ensure_months(connection: Connection, parent: Parent, days: Iterable[date]) -> tuple[date, ...]:
    """Make the partitions of `parent` that hold `days`, unless they are there; return the months that were made.

    Call it in a transaction of its own: attaching a partition waits for all that write to its parent.
    """
    wanted = {day.replace(day=1) for day in days}
    if wanted <= set(existing_months(connection, parent)):
        return ()
    # Looked at again behind the lock, in the catalogue itself: another session's new table is there at once, while the
    # names that this session has cached are not told of it by a wait for an advisory lock.
    lock(connection, f"months of {parent}")
    missing = sorted(wanted - set(existing_months(connection, parent)))
    return tuple(month for month in missing if _call(connection, "ensure_month", parent, month))


def months_before(connection: Connection, parent: Parent, keep_from: date) -> tuple[date, ...]:
    """Return the months of `parent` that end before `keep_from` or with it, oldest first."""
    return tuple(month for month in existing_months(connection, parent) if month < keep_from.replace(day=1))


def drop_months(connection: Connection, parent: Parent, months: Iterable[date]) -> tuple[date, ...]:
    """Drop the partitions of `parent` for `months`; return those that were there.

    Dropping a month takes no time and leaves nothing to vacuum. Whoever reads or writes `parent` waits behind it, so it
    waits for at most 1 s and then fails (`app.db.errors.is_locked`): retention can be late, a page should not be.
    """
    connection.execute(text("set local lock_timeout = '1s'"))
    return tuple(month for month in months if _call(connection, "drop_month", parent, month))


def existing_months(connection: Connection, parent: Parent) -> tuple[date, ...]:
    """Return the months that `parent` has partitions for, oldest first."""
    names = connection.execute(
        text("select inhrelid::regclass::text from pg_inherits where inhparent = cast(:parent as regclass)"),
        {"parent": parent},
    ).scalars()
    return tuple(
        sorted(date.fromisoformat(f"{name.removeprefix(f'{parent}_').replace('_', '-')}-01") for name in names)
    )


def _call(connection: Connection, function: Literal["ensure_month", "drop_month"], parent: Parent, month: date) -> bool:
    statement = text(f"select {function}(:parent, :month)")
    return bool(connection.execute(statement, {"parent": parent, "month": month}).scalar_one())
