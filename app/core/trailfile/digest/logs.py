"""The log files of one account and Region against the digests that list them."""

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.core.trailfile.digest.breaks import Break, BreakKind
from app.core.trailfile.digest.chain import OUTSTANDING
from app.core.trailfile.digest.content import LogEntry
from app.core.trailfile.digest.names import from_root
from app.core.trailfile.digest.signing import HASH_ALGORITHM
from app.core.trailfile.gunzip import MAX_BYTES, FileTooLarge, UnreadableFile, gunzip
from app.core.trailfile.keys import file_key

_SLACK = timedelta(minutes=15)
"""A file's name has the minute of its delivery, which may fall on the other side of a digest's border."""


class Unlisted(StrEnum):
    """What a log file is that no digest lists."""

    BREAK = "break"
    UNCOVERED = "uncovered"
    """It is older than the first digest: validation was not on then, and nothing can be said of it."""
    OUTSTANDING = "outstanding"
    """It is so new that its digest is still to come."""


@dataclass(frozen=True, slots=True)
class Span:
    """From when to when the digests of an account and Region reach, and up to when files were looked at."""

    starts_at: datetime
    ends_at: datetime
    until: datetime


def log_break(entry: LogEntry, blob: bytes, limit: int = MAX_BYTES) -> Break | None:
    """Return what is wrong with a log file that a digest lists, or None. The hash is of the uncompressed file.

    Raises:
        FileTooLarge: of more than `limit` bytes nothing can be said.
    """
    if entry.hash_algorithm != HASH_ALGORITHM:
        what = f"hashAlgorithm is {entry.hash_algorithm!r}, which CloudTrail does not use"
        return Break(BreakKind.ALGORITHM_WRONG, entry.s3_object, what)
    try:
        raw = gunzip(blob, limit)
    except FileTooLarge:
        raise
    except UnreadableFile as error:
        return Break(BreakKind.LOG_EDITED, entry.s3_object, str(error))
    found = hashlib.sha256(raw).hexdigest()
    if found != entry.hash_value.lower():
        what = f"its SHA-256 is {found}, its digest says {entry.hash_value}"
        return Break(BreakKind.LOG_EDITED, entry.s3_object, what)
    return None


def missing(entry: LogEntry, digest: str) -> Break:
    """Return that a log file is not there although the digest `digest` lists it."""
    return Break(BreakKind.LOG_MISSING, entry.s3_object, f"{digest} lists it")


def unlisted(keys: Iterable[str], listed: Collection[str], span: Span) -> Iterable[tuple[str, Unlisted]]:
    """Yield the log files that are in no digest; `listed` are keys from their root on."""
    for key in keys:
        if from_root(key) not in listed:
            yield key, _unlisted(key, span)


def unlisted_break(key: str) -> Break:
    """Return that a log file lies there which no digest lists."""
    return Break(
        BreakKind.LOG_UNLISTED, key, "no digest lists it: CloudTrail did not deliver it, or its digest is gone"
    )


def _unlisted(key: str, span: Span) -> Unlisted:
    named = file_key(key)
    delivered_at = None if named is None else named.delivered_at
    if delivered_at is None or delivered_at > span.until + _SLACK:
        return Unlisted.BREAK
    if delivered_at < span.starts_at - _SLACK:
        return Unlisted.UNCOVERED
    if delivered_at >= max(span.ends_at - _SLACK, span.until - OUTSTANDING):
        return Unlisted.OUTSTANDING
    return Unlisted.BREAK
