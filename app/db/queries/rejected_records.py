"""Rejected records: what could not be read, kept with its reason and place, once."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

import zstandard
from sqlalchemy import Connection, text

from app.core.model.batch import Arrival
from app.core.trailfile.shape import storable
from app.db.queries.dimensions import bounded

_INSERT_REJECTED = """
with ins as (
  insert into rejected_record (account_id, origin, place, reason, rejected_at, content_hash, raw)
  select account_id, origin, place, reason, :now, content_hash, raw
  from unnest(cast(:accounts as bigint[]), cast(:origins as text[]), cast(:places as text[]), cast(:reasons as text[]),
              cast(:hashes as bytea[]), cast(:raws as bytea[]))
       as t (account_id, origin, place, reason, content_hash, raw)
  on conflict do nothing returning 1
)
select count(*) from ins
"""


def store_rejected(connection: Connection, arrivals: Sequence[Arrival], now: datetime) -> int:
    """Return how many rejections were new: the same file read twice is rejected once."""
    found = [(arrival, rejected) for arrival in arrivals for rejected in arrival.rejected]
    if not found:
        return 0
    values = {
        "now": now,
        "accounts": [arrival.account or 0 for arrival, _ in found],
        "origins": [bounded(arrival.origin) for arrival, _ in found],
        "places": [bounded(rejected.place) for _, rejected in found],
        "reasons": [storable(rejected.reason) for _, rejected in found],
        "hashes": [hashlib.sha256(rejected.raw).digest() for _, rejected in found],
        "raws": [zstandard.compress(rejected.raw) if rejected.raw else None for _, rejected in found],
    }
    return int(connection.execute(text(_INSERT_REJECTED), values).scalar_one())
