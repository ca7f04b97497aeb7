"""Dictionaries that raw records are packed with: the first is trained on the records that are there."""

from datetime import datetime

import zstandard
from sqlalchemy import Connection

from app.core.trailfile.packing import ENOUGH_RECORDS, all_unpacked, dictionary_id, trained_dictionary
from app.db.engine import lock
from app.db.sql import text


def current_dictionary(connection: Connection, now: datetime) -> bytes | None:
    """Return the newest dictionary, trained now when there are enough records for the first; None: not yet."""
    return _newest(connection) or _first(connection, now)


def _newest(connection: Connection) -> bytes | None:
    found = connection.execute(text("select content from zdict order by trained_at desc limit 1")).scalar_one_or_none()
    return None if found is None else bytes(found)


def _first(connection: Connection, now: datetime) -> bytes | None:
    """Train and store a dictionary when there are enough records for the first one; return it, or None."""
    enough = text("select count(*) >= :enough from (select 1 from event_raw limit :enough) as first_ones")
    if not connection.execute(enough, {"enough": ENOUGH_RECORDS}).scalar_one():
        return None
    lock(connection, "zdict")
    trained = _newest(connection)
    if trained is not None:
        return trained
    rows = connection.execute(text("select raw from event_raw limit :enough"), {"enough": ENOUGH_RECORDS}).scalars()
    samples = all_unpacked(map(bytes, rows))
    try:
        trained = trained_dictionary(samples)
    except zstandard.ZstdError:
        # Records too few in kind to learn from: plain frames do for now.
        return None
    connection.execute(
        text("insert into zdict (id, trained_at, samples, content) values (:id, :now, :samples, :content)"),
        {"id": dictionary_id(trained), "now": now, "samples": len(samples), "content": trained},
    )
    return trained
