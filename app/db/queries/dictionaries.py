"""Dictionaries that raw records are packed with: the first is trained on the records that are there or just come."""

from collections.abc import Sequence
from datetime import datetime

import zstandard
from sqlalchemy import Connection

from app.core.trailfile.packing import ENOUGH_RECORDS, all_unpacked, dictionary_id, trained_dictionary
from app.db.engine import lock
from app.db.sql import text


def current_dictionary(connection: Connection, now: datetime, arriving: Sequence[bytes] = ()) -> bytes | None:
    """Return the newest dictionary, trained now when there are enough records for the first; None: not yet.

    `arriving` are the records that are about to be packed: they count as seen.
    """
    return _newest(connection) or _first(connection, now, arriving)


def _newest(connection: Connection) -> bytes | None:
    found = connection.execute(text("select content from zdict order by trained_at desc limit 1")).scalar_one_or_none()
    return None if found is None else bytes(found)


def _first(connection: Connection, now: datetime, arriving: Sequence[bytes]) -> bytes | None:
    """Train and store a dictionary when there are enough records for the first one; return it, or None."""
    missing = max(0, ENOUGH_RECORDS - len(arriving))
    enough = text("select count(*) >= :missing from (select 1 from event_raw limit :missing) as first_ones")
    if not connection.execute(enough, {"missing": missing}).scalar_one():
        return None
    lock(connection, "zdict")
    trained = _newest(connection)
    if trained is not None:
        return trained
    rows = connection.execute(text("select raw from event_raw limit :enough"), {"enough": ENOUGH_RECORDS}).scalars()
    # Once each: a batch that is read again has come and is stored, too.
    samples = list(dict.fromkeys([*_spread(arriving), *all_unpacked(map(bytes, rows))]))[:ENOUGH_RECORDS]
    if len(samples) < ENOUGH_RECORDS:
        return None
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


def _spread(arriving: Sequence[bytes]) -> list[bytes]:
    """Return as many as are enough, from all over: they come account by account."""
    wanted = min(len(arriving), ENOUGH_RECORDS)
    return [arriving[number * len(arriving) // wanted] for number in range(wanted)]
