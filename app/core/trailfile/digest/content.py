"""A digest file → what it says."""

from datetime import UTC, datetime
from functools import lru_cache

import msgspec

from app.core.errors import InvalidInput

YEARS = range(2013, 3000)
"""CloudTrail began in 2013. Whoever writes times of other ages means to trip what reckons with them."""


class MalformedDigest(InvalidInput):
    """A file that is not a digest."""


class LogEntry(msgspec.Struct, frozen=True, rename="camel"):
    """One log file as a digest lists it; `hash_value` is of the uncompressed file, in hexadecimal."""

    s3_bucket: str
    s3_object: str
    hash_value: str
    hash_algorithm: str


class Content(msgspec.Struct, frozen=True, rename="camel"):
    """A digest in AWS's own names. Everything about a previous digest is null in the first one of a chain."""

    aws_account_id: str
    digest_start_time: str
    digest_end_time: str
    digest_s3_bucket: str
    digest_s3_object: str
    digest_public_key_fingerprint: str
    digest_signature_algorithm: str
    log_files: tuple[LogEntry, ...]
    previous_digest_s3_bucket: str | None = None
    previous_digest_s3_object: str | None = None
    previous_digest_hash_value: str | None = None
    previous_digest_hash_algorithm: str | None = None
    previous_digest_signature: str | None = None

    @property
    def starts_at(self) -> datetime:
        """When the hour that the digest is of begins."""
        return _moment(self.digest_start_time)

    @property
    def ends_at(self) -> datetime:
        """When the hour that the digest is of ends."""
        return _moment(self.digest_end_time)


def parse(raw: bytes) -> Content:
    """Return what an uncompressed digest says.

    Raises:
        MalformedDigest: it is not one.
    """
    try:
        content = msgspec.json.decode(raw, type=Content)
        _ = content.starts_at, content.ends_at
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise MalformedDigest(f"it does not read as a digest: {error}") from error
    return content


@lru_cache(4_096)
def _moment(text: str) -> datetime:
    # Kept: a chain is walked hour by hour, and each hour is asked for many times.
    moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    if moment.year not in YEARS:
        raise ValueError(f"{text} is no time of CloudTrail's")
    return moment
