"""Rejected records: what could not be read, kept with its reason and place, once."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

import zstandard
from sqlalchemy import Connection

from app.core.model.batch import Arrival, Rejected
from app.core.normalise.trail_file import WHOLE_FILE
from app.core.trailfile.keys import names_a_log_file
from app.core.trailfile.shape import storable
from app.db.queries.dimensions import bounded
from app.db.sql import text

_INSERT_REJECTED = f"""
with given as (
  select * from unnest(cast(:accounts as bigint[]), cast(:origins as text[]), cast(:places as text[]),
                       cast(:reasons as text[]), cast(:hashes as bytea[]), cast(:raws as bytea[]),
                       cast(:sizes as bigint[]))
       as t (account_id, origin, place, reason, content_hash, raw, size)
), still as (
  -- A file that is too large for another limit, or does not come any more, is still rejected, for what holds now.
  update rejected_record r set reason = given.reason, size = given.size from given
  where (r.account_id, r.content_hash, r.origin, r.place)
      = (given.account_id, given.content_hash, given.origin, given.place)
    and r.place = '{WHOLE_FILE}' and (r.reason, r.size) is distinct from (given.reason, given.size)
), ins as (
  insert into rejected_record (account_id, origin, place, reason, rejected_at, content_hash, raw, size)
  select account_id, origin, place, reason, :now, content_hash, raw, size from given
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
        "hashes": [_hash(rejected) for _, rejected in found],
        "raws": [zstandard.compress(rejected.raw) if rejected.raw else None for _, rejected in found],
        "sizes": [rejected.size for _, rejected in found],
    }
    return int(connection.execute(text(_INSERT_REJECTED), values).scalar_one())


_MOST_WITHIN = 10_000


def within(connection: Connection, bucket: str, limit: int) -> tuple[str, ...]:
    """Return the files of a bucket that were too large for another limit, and may not be for `limit` bytes.

    The smallest come first: one that a worker has no memory for holds up the others least.
    """
    rows = connection.execute(
        text(f"""select origin from rejected_record where place = '{WHOLE_FILE}' and size <= :limit
                   and starts_with(origin, :bucket) order by size, origin limit {_MOST_WITHIN}"""),
        {"limit": limit, "bucket": f"s3://{bucket}/"},
    )
    return tuple(rows.scalars())


_FORGET_REJECTED = f"""
delete from rejected_record r where split_part(origin, '/', -1) = any(:names)
  and (origin = any(:origins) or split_part(origin, '/', -1) = any(:anywhere))
  and (place = '{WHOLE_FILE}' or origin like 's3://%') and not exists (
    select from unnest(cast(:kept as text[]), cast(:places as text[]), cast(:hashes as bytea[]))
      as k (name, place, hash)
    where k.name = split_part(r.origin, '/', -1) and k.place = r.place and k.hash = r.content_hash)
"""


def forget_rejected(connection: Connection, arrivals: Sequence[Arrival]) -> None:
    """Drop the rejections of files that came now, and of records in S3 that could be read this time.

    Log files of CloudTrail's are the same wherever they lay then, others only there.
    """
    came = [arrival for arrival in arrivals if all(rejected.place != WHOLE_FILE for rejected in arrival.rejected)]
    origins = [bounded(arrival.origin) for arrival in came]
    names = [_name(origin) for origin in origins]
    again = [(_name(bounded(arrival.origin)), rejected) for arrival in came for rejected in arrival.rejected]
    values = {
        "names": names,
        "origins": origins,
        "anywhere": [name for name in names if names_a_log_file(name)],
        "kept": [name for name, _ in again],
        "places": [bounded(rejected.place) for _, rejected in again],
        "hashes": [_hash(rejected) for _, rejected in again],
    }
    connection.execute(text(_FORGET_REJECTED), values)


def _name(origin: str) -> str:
    return origin.rpartition("/")[2]


def _hash(rejected: Rejected) -> bytes:
    return hashlib.sha256(rejected.raw).digest()
