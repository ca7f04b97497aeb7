"""A place with digests and log files, as it is judged when all of them were read."""

import gzip
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from app.core.integrity.files import file_break, number_of
from app.core.integrity.place import Place, Unopened
from app.core.integrity.verdict import Files
from app.core.model.integrity import LogFile, PlaceKey
from app.core.trailfile.digest.breaks import Break
from app.core.trailfile.digest.chain import Digest, opened
from app.core.trailfile.digest.names import digest_name
from app.core.trailfile.gunzip import UnreadableFile, gunzip
from app.core.trailfile.keys import file_key
from tests.builders.digests import BUCKET, HOUR, START, Delivery, key_of


def place_of(made: Delivery, *, hours: float = 4, **changes: Any) -> Place:
    """Return the place of a delivery, looked at `hours` after its start."""
    digests, unopened = [], []
    for key in made.digests:
        if key in made.files:
            found, name = opened(key, BUCKET, made.files[key]), digest_name(key)
            assert name is not None
            if isinstance(found, Break):
                unopened.append(Unopened(key, name, found.what, is_damaged=True))
            else:
                digests.append(found)
    files = {file.origin: file for file in _files(made, digests)}
    now = START + hours * HOUR
    values: dict[str, Any] = {
        "bucket": BUCKET,
        "now": now,
        "start": START - 48 * HOUR,
        "end": now + 48 * HOUR,
        "since": START - 48 * HOUR,
        "digests": digests,
        "unopened": unopened,
        "keys": [key_of(0)],
        "files": {origin(digest.key): _counts(digest, files) for digest in digests},
        "wrong": [file for file in files.values() if file.digest and file_break(file)],
        "unlisted": [file for file in files.values() if file.digest is None],
        "first_at": min((digest.name.ends_at - HOUR for digest in digests), default=None),
        "last_at": max((digest.name.ends_at for digest in digests), default=None),
    }
    return Place(**(values | changes))


def origin(key: str) -> str:
    return f"s3://{BUCKET}/{key}"


def _files(made: Delivery, digests: list[Digest]) -> Iterator[LogFile]:
    listed = {
        entry.s3_object: (origin(digest.key), entry.hash_value, entry.hash_algorithm)
        for digest in digests
        for entry in digest.content.log_files
    }
    for key in sorted({*listed, *made.logs}):
        sha256, problem = _read(made, key)
        named = file_key(key)
        assert named is not None
        assert isinstance(named.delivered_at, datetime)
        is_missing = key in listed and key not in made.files
        if key in listed or key in made.files:
            yield LogFile(
                origin(key), named.delivered_at, sha256, problem, None, *listed.get(key, (None,) * 3), is_missing
            )


def _read(made: Delivery, key: str) -> tuple[str | None, str | None]:
    if key not in made.files:
        return None, None
    try:
        return hashlib.sha256(gunzip(made.files[key].blob)).hexdigest(), None
    except UnreadableFile as error:
        return None, str(error)


def _counts(digest: Digest, files: dict[str, LogFile]) -> Files:
    entries = digest.content.log_files
    waiting = [e for e in entries if not (files[origin(e.s3_object)].was_read or files[origin(e.s3_object)].is_missing)]
    return Files(len(entries), len(waiting))


def cut(made: Delivery, key: str) -> None:
    """Truncate a file in the middle of its gzip data."""
    stored = made.files[key]
    made.files[key] = type(stored)(stored.blob[: len(stored.blob) // 2], stored.metadata)


def emptied(made: Delivery, key: str) -> None:
    """Put an empty gzip file in the place of a file."""
    stored = made.files[key]
    made.files[key] = type(stored)(gzip.compress(b""), stored.metadata)


def make_integrity(connection: Connection, account: int, at: datetime, **changes: Any) -> None:
    """Store one log file, its digest, the verdict of their hour and a break, all of the hour up to `at`."""
    folder = f"s3://logs/AWSLogs/{account:012d}/"
    values = {
        "account": account,
        "file": f"{folder}{at:%Y%m%dT%H%M}.json.gz",
        "digest": f"{folder}digest-{at:%Y%m%dT%H%M}.json.gz",
        "folder": folder,
        "region": "eu-central-1",
        "start": at - HOUR,
        "at": at,
        "trail": "org-trail (eu-central-1)",
        "verdict": "verified",
        "why": "",
        "sha256": "ab",
        "kind": "log edited",
    } | changes
    values["number"] = number_of(values["file"])
    for statement in _STATEMENTS:
        connection.execute(text(statement), values)
    if values["verdict"] == "broken":
        connection.execute(text(_BREAK), values)


def make_log_files(connection: Connection, place: PlaceKey, times: Iterable[datetime]) -> None:
    """Store a log file for each of these times of delivery, as it was read and without a digest."""
    connection.execute(
        text("""insert into log_file (account_id, origin, folder, region, delivered_at, read_sha256)
                select :account, cast(:folder as text) || at, :folder, :region, at, 'ab'
                from unnest(cast(:times as timestamptz[])) as at"""),
        asdict(place) | {"times": list(times)},
    )


_STATEMENTS = (
    """insert into log_file (account_id, origin, folder, region, delivered_at, read_sha256, digest, listed_sha256,
         listed_algorithm, number)
       values (:account, :file, :folder, :region, :start, 'ab', :digest, :sha256, 'SHA-256', :number)""",
    """insert into digest (account_id, origin, folder, region, chain, ends_at, verdict, why)
       values (:account, :digest, :folder, :region, :trail, :at, :verdict, :why)""",
    """insert into integrity_hour (account_id, folder, region, starts_at, ends_at, chain, trail, verdict, why, digest,
         files)
       values (:account, :folder, :region, :start, :at, :trail, :trail, :verdict, :why, :digest, 1)""",
)
_BREAK = """insert into integrity_break (account_id, folder, region, origin, kind, at, what, found_at)
            values (:account, :folder, :region, :file, :kind, :start, :why, :at)"""
