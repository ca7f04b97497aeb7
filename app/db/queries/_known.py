"""Which rows of a stage are stored already, and which hours they are of."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from app.db.sql import text

KEY_COLUMNS = {"account_id": "int8", "event_time": "timestamptz", "event_id": "uuid"}
HOUR = "date_bin('1 hour', event_time, timestamptz 'epoch')"
Key = tuple[int, datetime, bytes]
"""Of a row its account, time and GUID."""


def known(connection: Connection, table: str, stage: str, rows: Sequence[tuple[Any, ...]]) -> Mapping[Key, str]:
    """Return the keys of those `rows` that `table` has, and where in `stage`, which was filled with them, each lies.

    A subselect, which is a look into the key a row, whatever the planner believes of a month that is being filled.
    """
    found = connection.execute(
        text(f"""select s.ctid, s.account_id, s.event_time, s.event_id from {stage} s where (
                   select true from {table} t
                   where t.account_id = s.account_id and t.event_time = s.event_time and t.event_id = s.event_id
                     and t.event_time between :first and :last)"""),
        {"first": min(row[1] for row in rows), "last": max(row[1] for row in rows)},
    )
    return {(row.account_id, row.event_time, row.event_id.bytes): row.ctid for row in found}


def forget(connection: Connection, stage: str, places: Mapping[Key, str]) -> None:
    """Take out of `stage` the rows that were found to be known."""
    connection.execute(
        text(f"delete from {stage} where ctid = any(cast(:places as tid[]))"), {"places": list(places.values())}
    )
