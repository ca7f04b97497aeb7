"""Rejected records: what could not be read, kept with its reason and place, once."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

import zstandard
from sqlalchemy import Connection, text

from app.core.model.batch import Arrival
from app.core.normalise.trail_file import WHOLE_FILE
from app.core.trailfile.keys import names_a_log_file
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


_FORGET_REJECTED_FILES = f"""
delete from rejected_record where place = '{WHOLE_FILE}' and split_part(origin, '/', -1) = any(:names)
  and (origin = any(:origins) or split_part(origin, '/', -1) = any(:anywhere))
"""


def forget_rejected_files(connection: Connection, arrivals: Sequence[Arrival]) -> None:
    """Drop the rejections of files that came now: log files of CloudTrail's wherever they lay then, others there."""
    came = [arrival for arrival in arrivals if all(rejected.place != WHOLE_FILE for rejected in arrival.rejected)]
    origins = [bounded(arrival.origin) for arrival in came]
    names = [origin.rpartition("/")[2] for origin in origins]
    anywhere = [name for name in names if names_a_log_file(name)]
    values = {"names": names, "origins": origins, "anywhere": anywhere}
    connection.execute(text(_FORGET_REJECTED_FILES), values)
