"""The log files that were read from S3: each with its SHA-256, until its digest comes and after."""

from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection

from app.core.integrity.files import number_of
from app.core.model.batch import Arrival
from app.core.normalise.trail_file import WHOLE_FILE
from app.core.trailfile.keys import FileKey, FileKind, file_key
from app.core.trailfile.shape import storable
from app.db.queries.dimensions import bounded
from app.db.sql import text

_DAY = timedelta(days=1)

_STORE_READ = """
insert into log_file (account_id, origin, folder, region, delivered_at, read_sha256, read_problem, number)
select account_id, origin, folder, region, delivered_at, read_sha256, read_problem, number
from unnest(cast(:accounts as bigint[]), cast(:origins as text[]), cast(:folders as text[]), cast(:regions as text[]),
            cast(:times as timestamptz[]), cast(:hashes as text[]), cast(:problems as text[]),
            cast(:numbers as bigint[]))
     as t (account_id, origin, folder, region, delivered_at, read_sha256, read_problem, number)
order by account_id, origin
on conflict (account_id, origin) do update set
  read_sha256 = coalesce(log_file.read_sha256, excluded.read_sha256),
  read_problem = case when coalesce(log_file.read_sha256, excluded.read_sha256) is null then excluded.read_problem end,
  changed_sha256 = case when log_file.read_sha256 <> excluded.read_sha256 then excluded.read_sha256
                        else log_file.changed_sha256 end,
  number = excluded.number, is_missing = false, is_new = true
where log_file.read_sha256 is distinct from excluded.read_sha256
   or log_file.read_problem is distinct from excluded.read_problem or log_file.is_missing
   or log_file.number is null
"""


def store_read_files(connection: Connection, arrivals: Sequence[Arrival], now: datetime) -> None:
    """Remember the log files of a batch, as they were read first: another content at another time is kept beside."""
    rows = {(row[0], row[1]): row for arrival in arrivals for row in _rows(arrival, now)}
    if not rows:
        return
    columns = zip(*rows.values(), strict=True)
    names = ("accounts", "origins", "folders", "regions", "times", "hashes", "problems", "numbers")
    connection.execute(text(_STORE_READ), dict(zip(names, map(list, columns), strict=True)))


def _rows(arrival: Arrival, now: datetime) -> Iterator[tuple[Any, ...]]:
    problem = next((rejected.reason for rejected in arrival.rejected if rejected.place == WHOLE_FILE), None)
    if arrival.sha256 is None and not arrival.is_unreadable:
        return
    key = file_key(arrival.origin)
    if key is None or key.kind is not FileKind.LOG or not arrival.origin.startswith("s3://"):
        return
    sha256 = arrival.sha256
    yield (
        key.account,
        bounded(arrival.origin),
        folder_of(key),
        key.region,
        delivered_at(key, now),
        sha256,
        None if sha256 else storable(problem or "it does not open"),
        number_of(arrival.origin),
    )


def folder_of(key: FileKey) -> str:
    """Return the folder of the account, of a key that begins with s3://."""
    return bounded(storable(key.folder))


def delivered_at(key: FileKey, now: datetime) -> datetime:
    """Return when a file was delivered, as its name says; a name of the future is not believed."""
    midnight = datetime.combine(key.day, time(), now.tzinfo)
    return min(key.delivered_at or midnight, now + _DAY)
