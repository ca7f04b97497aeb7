"""What the name of a digest says, and which part of a key is the same in a bucket and in a copy of it."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from app.core.trailfile.digest.content import YEARS
from app.core.trailfile.keys import FileKind, file_key

ROOT = "AWSLogs/"
"""Where CloudTrail's own part of a key begins; what stands before is the trail's prefix."""
_NAME = re.compile(
    r"\d{12}_CloudTrail-Digest_[a-z0-9-]+_(?P<trail>.+)_(?P<home>[a-z0-9-]+)_(?P<end>\d{8}T\d{6}Z)"
    r"(?P<backfill>_backfill)?\.json\.gz",
    re.ASCII,
)
_END = re.compile(r"_\d{8}T\d{6}Z((?:_backfill)?\.json\.gz)$", re.ASCII)
_DAY = re.compile(r"/\d{4}/\d{2}/\d{2}$", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class ChainName:
    """Which chain a digest belongs to: several trails may write into one bucket, and backfill has a chain of its own.

    An organization trail has one for each member account and Region.
    """

    account: int
    region: str
    trail: str
    home_region: str
    is_backfill: bool


@dataclass(frozen=True, slots=True)
class DigestName:
    """What the name of a digest says."""

    chain: ChainName
    ends_at: datetime


def digest_name(key: str) -> DigestName | None:
    """Return what the key of a digest says, or None when it is not the key of one."""
    found = file_key(key)
    if found is None or found.kind is not FileKind.DIGEST:
        return None
    match = _NAME.fullmatch(key.rpartition("/")[2])
    if match is None:
        return None
    try:
        ends_at = datetime.strptime(match["end"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None
    if ends_at.year not in YEARS:
        return None
    chain = ChainName(found.account, found.region, match["trail"], match["home"], match["backfill"] is not None)
    return DigestName(chain, ends_at)


def from_root(key: str) -> str:
    """Return a key from its last `AWSLogs/` on: a copy on disk does not tell where the trail's prefix began."""
    return ROOT + key.rpartition(ROOT)[2]


def key_at(key: str, ends_at: datetime) -> str:
    """Return the key that the digest of the hour up to `ends_at` has in the chain of the digest at `key`."""
    folder, _, name = key.rpartition("/")
    stamped = _END.sub(rf"_{ends_at:%Y%m%dT%H%M%SZ}\g<1>", name)
    return f"{_DAY.sub('', folder)}/{ends_at:%Y/%m/%d}/{stamped}"
