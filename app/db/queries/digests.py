"""Digests and the log files that they list, as they were read; and what was found out about them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, Row

from app.core.integrity.place import Findings, Unopened
from app.core.integrity.verdict import Files
from app.core.model.integrity import FoundBreak, Hour, LogFile, PlaceKey, Verdict
from app.core.normalise.trail_file import WHOLE_FILE
from app.core.trailfile.digest.chain import Digest
from app.core.trailfile.digest.content import Content, LogEntry
from app.core.trailfile.digest.names import DigestName, digest_name
from app.core.trailfile.keys import file_key
from app.core.trailfile.shape import storable
from app.db.queries.dimensions import bounded
from app.db.queries.log_files import delivered_at
from app.db.sql import text

_AFTER = timedelta(hours=3)
"""How long after a stretch the digest that follows its last one ends at the latest."""
_OF_PLACE = "account_id = :account and folder = :folder and region = :region"


@dataclass(frozen=True, slots=True)
class Reach:
    """From when to when there are digests of a place at all; None: there is none."""

    first_at: datetime | None
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class Touched:
    """A place, and the time of the log files that are new in it since it was judged."""

    place: PlaceKey
    first_at: datetime
    last_at: datetime


class _Kept(msgspec.Struct):
    content: Content
    metadata: dict[str, str]


def known_digests(connection: Connection, place: PlaceKey, since: datetime) -> frozenset[str]:
    """Return the origins of the digests that need not be read again."""
    rows = connection.execute(
        text(f"""select origin from digest where {_OF_PLACE} and ends_at >= :since
                 and (problem is null or is_damaged)"""),
        asdict(place) | {"since": since},
    )
    return frozenset(rows.scalars())


# ---------------------------------------------------------------- store

_STORE_DIGEST = """
insert into digest (account_id, origin, folder, region, chain, ends_at, sha256, content, problem, is_damaged)
values (:account, :origin, :folder, :region, :chain, :ends_at, :sha256, :content, :problem, :is_damaged)
on conflict (account_id, origin) do update set sha256 = excluded.sha256, content = excluded.content,
  problem = excluded.problem, is_damaged = excluded.is_damaged, verdict = null, why = null
"""
_LIST_FILES = """
insert into log_file (account_id, origin, folder, region, delivered_at, digest, listed_sha256, listed_algorithm)
select :account, origin, :folder, :region, delivered_at, :digest, listed_sha256, listed_algorithm
from unnest(cast(:origins as text[]), cast(:times as timestamptz[]), cast(:hashes as text[]),
            cast(:algorithms as text[])) as t (origin, delivered_at, listed_sha256, listed_algorithm)
order by origin
on conflict (account_id, origin) do update set digest = excluded.digest, listed_sha256 = excluded.listed_sha256,
  listed_algorithm = excluded.listed_algorithm, is_new = true
where log_file.digest is null
"""


def store_digest(connection: Connection, place: PlaceKey, found: Digest | Unopened, now: datetime) -> None:
    """Remember a digest and the log files that it lists. The first one that lists a file has it."""
    origin = _origin(place, found.key)
    name = found.name
    values: dict[str, Any] = asdict(place) | {
        "origin": origin,
        "chain": chain_text(name),
        "ends_at": min(name.ends_at, now),
        "sha256": None,
        "content": None,
        "problem": None,
        "is_damaged": False,
    }
    match found:
        case Unopened():
            values |= {"problem": storable(found.problem), "is_damaged": found.is_damaged}
        case Digest():
            header = msgspec.structs.replace(found.content, log_files=())
            kept = msgspec.json.encode(_Kept(header, dict(found.metadata)))
            values |= {"sha256": found.sha256, "content": kept}
    connection.execute(text(_STORE_DIGEST), values)
    if isinstance(found, Digest):
        _list_files(connection, place, origin, found.content.log_files, now)


def _list_files(
    connection: Connection, place: PlaceKey, digest: str, entries: Sequence[LogEntry], now: datetime
) -> None:
    listed = {bounded(storable(f"s3://{entry.s3_bucket}/{entry.s3_object}")): entry for entry in entries}
    if not listed:
        return
    keys = [file_key(origin) for origin in listed]
    values = asdict(place) | {
        "digest": digest,
        "origins": list(listed),
        "times": [now if key is None else delivered_at(key, now) for key in keys],
        "hashes": [bounded(storable(entry.hash_value)).lower() for entry in listed.values()],
        "algorithms": [bounded(storable(entry.hash_algorithm)) for entry in listed.values()],
    }
    connection.execute(text(_LIST_FILES), values)


def mark_missing(connection: Connection, account: int, origins: Sequence[str]) -> None:
    """Note that these log files, which digests list, were asked for and are not there."""
    connection.execute(
        text("""update log_file set is_missing = true, is_new = true
                where account_id = :account and origin = any(:origins)"""),
        {"account": account, "origins": sorted(origins)},
    )


# ---------------------------------------------------------------- what is to be judged


def places_of(connection: Connection, bucket: str, since: datetime) -> tuple[PlaceKey, ...]:
    """Return the places of a bucket of which log files were read that were delivered after `since`."""
    rows = connection.execute(
        text("""select distinct account_id, folder, region from log_file
                where starts_with(folder, :bucket) and delivered_at > :since order by 1, 2, 3"""),
        {"bucket": f"s3://{bucket}/", "since": since},
    )
    return tuple(PlaceKey(*row) for row in rows)


def touched(connection: Connection, bucket: str, settled: datetime) -> tuple[Touched, ...]:
    """Return where log files are new since their hours were judged: listed by a digest, or older than `settled`."""
    rows = connection.execute(
        text("""select f.account_id, f.folder, f.region,
                  least(min(f.delivered_at), min(d.ends_at)) as first_at,
                  greatest(max(f.delivered_at), max(d.ends_at)) as last_at
                from log_file f left join digest d on d.account_id = f.account_id and d.origin = f.digest
                where f.is_new and starts_with(f.folder, :bucket)
                  and (f.digest is not null or f.delivered_at < :settled)
                group by 1, 2, 3 order by 1, 2, 3"""),
        {"bucket": f"s3://{bucket}/", "settled": settled},
    )
    return tuple(Touched(PlaceKey(row.account_id, row.folder, row.region), row.first_at, row.last_at) for row in rows)


def take_new(connection: Connection, place: PlaceKey, start: datetime, end: datetime) -> None:
    """Take it on to judge what is new of these hours. What comes in while they are judged is new again.

    A listed file is of the hour of its digest: a stretch that ends between the two judges nothing of it.
    """
    connection.execute(
        text(f"""update log_file set is_new = false
                 where is_new and {_OF_PLACE}
                   and (select coalesce(max(d.ends_at), delivered_at) from digest d
                        where d.account_id = log_file.account_id and d.origin = log_file.digest)
                     <@ tstzrange(:start, :end)"""),
        asdict(place) | {"start": start, "end": end},
    )


def reach(connection: Connection, place: PlaceKey) -> Reach:
    """Return from when to when there are digests of a place."""
    row = connection.execute(
        text(f"select min(ends_at) as first_at, max(ends_at) as last_at from digest where {_OF_PLACE}"), asdict(place)
    ).one()
    return Reach(None if row.first_at is None else row.first_at - timedelta(hours=1), row.last_at)


def digests_of(
    connection: Connection, place: PlaceKey, start: datetime, end: datetime
) -> tuple[list[Digest], list[Unopened]]:
    """Return the digests of these hours, the one before them of each chain, and the one after."""
    rows = connection.execute(
        text(f"""select origin, ends_at, sha256, content, problem, is_damaged from digest
                 where {_OF_PLACE} and ends_at >= :start and ends_at < :after
                 union all
                 select * from (
                   select distinct on (chain) origin, ends_at, sha256, content, problem, is_damaged from digest
                   where {_OF_PLACE} and ends_at < :start order by chain, ends_at desc) before"""),
        asdict(place) | {"start": start, "after": end + _AFTER},
    ).all()
    found = [_digest(place, row) for row in rows]
    return (
        [each for each in found if isinstance(each, Digest)],
        [each for each in found if isinstance(each, Unopened)],
    )


def _digest(place: PlaceKey, row: Row[Any]) -> Digest | Unopened | None:
    key = row.origin.removeprefix(f"s3://{place.bucket}/")
    name = digest_name(key)
    if name is None:
        return None
    if row.content is None:
        return Unopened(key, DigestName(name.chain, row.ends_at), row.problem or "", row.is_damaged)
    kept = msgspec.json.decode(bytes(row.content), type=_Kept)
    return Digest(key, place.bucket, name, kept.content, row.sha256, kept.metadata)


def listed_files(connection: Connection, place: PlaceKey, digests: Sequence[str]) -> dict[str, Files]:
    """Return how many log files each digest lists, and how many of them were not read."""
    rows = connection.execute(
        text(f"""select digest, count(*) as listed,
                   count(*) filter (where read_sha256 is null and read_problem is null and not is_missing) as waiting
                 from log_file where {_OF_PLACE} and digest = any(:digests) group by digest"""),
        asdict(place) | {"digests": list(digests)},
    )
    return {row.digest: Files(row.listed, row.waiting) for row in rows}


_WRONG = """digest is not null and (is_missing or read_problem is not null or changed_sha256 is not null
  or listed_algorithm <> 'SHA-256' or read_sha256 <> listed_sha256)"""
_UNLISTED = "digest is null and (read_sha256 is not null or read_problem is not null)"
_WAITING = "digest is not null and read_sha256 is null and read_problem is null and not is_missing"


def wrong_files(connection: Connection, place: PlaceKey, digests: Sequence[str]) -> tuple[LogFile, ...]:
    """Return the log files of these digests that are not as they are listed."""
    return _files(connection, place, f"{_WRONG} and digest = any(:digests)", {"digests": list(digests)})


def unlisted_files(connection: Connection, place: PlaceKey, start: datetime, end: datetime) -> tuple[LogFile, ...]:
    """Return the log files that were read, delivered in these hours, and that no digest lists."""
    within = f"{_UNLISTED} and delivered_at >= :start and delivered_at < :end"
    return _files(connection, place, within, {"start": start, "end": end})


def waiting_files(
    connection: Connection, place: PlaceKey, before: datetime, limit: int, most: int
) -> tuple[LogFile, ...]:
    """Return at most `most` log files that a digest lists and that were not read, delivered before then.

    None that has more than `limit` bytes for certain: it waits for a higher limit.
    """
    condition = f"""{_WAITING} and delivered_at < :before and not exists (
      select from rejected_record r where split_part(r.origin, '/', -1) = split_part(log_file.origin, '/', -1)
        and r.origin = log_file.origin and r.place = '{WHOLE_FILE}' and r.size > :limit)"""
    order = f"order by delivered_at desc limit {most:d}"
    return _files(connection, place, condition, {"before": before, "limit": limit}, order)


def _files(
    connection: Connection, place: PlaceKey, condition: str, values: Mapping[str, Any], order: str = ""
) -> tuple[LogFile, ...]:
    rows = connection.execute(
        text(f"""select origin, delivered_at, read_sha256, read_problem, changed_sha256, digest, listed_sha256,
                   listed_algorithm, is_missing from log_file where {_OF_PLACE} and {condition} {order}"""),
        asdict(place) | dict(values),
    )
    return tuple(LogFile(*row) for row in rows)


# ---------------------------------------------------------------- what was found

_STORE_HOURS = """
insert into integrity_hour (account_id, folder, region, starts_at, ends_at, chain, trail, verdict, why, digest, files)
values (:account, :folder, :region, :starts_at, :ends_at, :chain, :trail, :verdict, :why, :digest, :files)
on conflict (account_id, region, starts_at, folder, chain) do update set ends_at = excluded.ends_at,
  trail = excluded.trail, verdict = excluded.verdict, why = excluded.why, digest = excluded.digest,
  files = excluded.files
"""
_STORE_BREAK = """
insert into integrity_break (account_id, folder, region, origin, kind, at, what, found_at)
values (:account, :folder, :region, :origin, :kind, :at, :what, :now)
on conflict (account_id, origin, kind) do update set at = excluded.at, what = excluded.what
"""


def store_findings(
    connection: Connection, place: PlaceKey, start: datetime, end: datetime, found: Findings, now: datetime
) -> None:
    """Put the verdicts of these hours in place of those that were found before."""
    whose = asdict(place)
    window = whose | {"start": start, "end": end}
    connection.execute(
        text(f"""delete from integrity_hour where {_OF_PLACE}
                 and case when chain = '' then starts_at else ends_at end >= :start
                 and case when chain = '' then starts_at else ends_at end < :end"""),
        window,
    )
    hours = [whose | _hour(hour) for hour in _one_each(found.hours)]
    if hours:
        connection.execute(text(_STORE_HOURS), hours)
    breaks = [whose | _break(one) | {"now": now} for one in found.breaks]
    keep = sorted({f"{one['kind']} {one['origin']}" for one in breaks})
    connection.execute(
        text(f"""delete from integrity_break where {_OF_PLACE} and at >= :start and at < :end
                 and kind || ' ' || origin <> all(:keep)"""),
        window | {"keep": keep},
    )
    if breaks:
        connection.execute(text(_STORE_BREAK), breaks)
    digests = [
        {"account": place.account, "origin": origin, "verdict": judged.verdict.value, "why": storable(judged.why)}
        for origin, judged in sorted(found.digests.items())
    ]
    if digests:
        connection.execute(
            text("""update digest set verdict = :verdict, why = :why where account_id = :account and origin = :origin
                    and (verdict is distinct from :verdict or why is distinct from :why)"""),
            digests,
        )


def _hour(hour: Hour) -> dict[str, Any]:
    return {
        "starts_at": hour.starts_at,
        "ends_at": hour.ends_at,
        "chain": bounded(storable(hour.chain)),
        "trail": bounded(storable(hour.trail)),
        "verdict": hour.judged.verdict.value,
        "why": storable(hour.judged.why),
        "digest": hour.digest,
        "files": hour.files,
    }


def _break(found: FoundBreak) -> dict[str, Any]:
    return {
        "origin": bounded(storable(found.origin)),
        "kind": found.kind,
        "what": storable(found.what),
        "at": found.at,
    }


def _one_each(hours: Sequence[Hour]) -> list[Hour]:
    """Return the hours, of several that begin at once in one chain the worst."""
    found: dict[tuple[str, datetime], Hour] = {}
    for hour in sorted(hours, key=lambda each: list(Verdict).index(each.judged.verdict)):
        found[bounded(hour.chain), hour.starts_at] = hour
    return [found[key] for key in sorted(found)]


def chain_text(name: DigestName) -> str:
    """Return how a chain is told from the others of its place."""
    chain = name.chain
    return bounded(storable(f"{chain.trail} ({chain.home_region}){' backfill' if chain.is_backfill else ''}"))


def _origin(place: PlaceKey, key: str) -> str:
    return bounded(storable(f"s3://{place.bucket}/{key}"))
