"""What the key of a file in a trail's bucket says: whose file it is, from which Region and day, of what kind.

Source: CloudTrail User Guide, "Finding your CloudTrail log files" and "CloudTrail log file name format":
`[prefix/]AWSLogs/[o-id/]<account>/CloudTrail/<region>/YYYY/MM/DD/`, in it
`<account>_CloudTrail_<region>_YYYYMMDDTHHmmZ_<16 characters>.json.gz`.
The prefix may be anything, another AWSLogs or the organization's id among it (AWS Control Tower), and old
organization trails have no o-id segment: so the key is read from its last `AWSLogs` to the right, and the
o-id proves nothing.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache


class FileKind(StrEnum):
    """What lies under one of CloudTrail's folders. Only LOG and DIGEST are read."""

    LOG = "CloudTrail"
    DIGEST = "CloudTrail-Digest"
    INSIGHT = "CloudTrail-Insight"
    AGGREGATED = "CloudTrail-Aggregated"
    NETWORK_ACTIVITY = "CloudTrail-NetworkActivity"


@dataclass(frozen=True, slots=True)
class FileKey:
    """One file of a trail's bucket.

    `delivered_at` is None where the name has no time. The events in the file may be of any age before it.
    """

    kind: FileKind
    account: int
    region: str
    day: date
    delivered_at: datetime | None
    prefix: str
    """What stands before AWSLogs, with its slash."""
    organization: str | None

    @property
    def folder(self) -> str:
        """The account's folder, in which each kind of file has its own: `logs/AWSLogs/o-abc1234567/111122223333/`."""
        organization = f"{self.organization}/" if self.organization else ""
        return f"{self.prefix}AWSLogs/{organization}{self.account:012d}/"


@dataclass(frozen=True, slots=True)
class WrittenTo:
    """Below which folder of a bucket a trail writes: its prefix, and whether the organization's id stands there."""

    prefix: str
    """What stands before AWSLogs, without a slash at its end: the trail's S3KeyPrefix."""
    is_organizations: bool


def written_to(folder: str) -> WrittenTo:
    """Return what wrote into `[prefix/]AWSLogs/[o-id/]<account>/CloudTrail/<region>/`."""
    prefix, _, inner = folder.rpartition("AWSLogs/")
    return WrittenTo(prefix.rstrip("/"), inner.startswith("o-"))


_KINDS = {kind.value: kind for kind in FileKind}
_KEY = re.compile(
    r"(?P<prefix>(?:.*/)?)AWSLogs/(?:(?P<organization>o-[a-z0-9]{10,32})/)?(?P<account>\d{12})/"
    r"(?P<kind>CloudTrail(?:-[A-Za-z]+)?)/(?P<region>[a-z0-9-]+)/(?P<day>\d{4}/\d{2}/\d{2})/(?P<name>[^/]+)",
    re.ASCII,
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_LOG_NAME = re.compile(r"\d{12}_CloudTrail_[a-z0-9-]+_\d{8}T\d{4}Z_[A-Za-z0-9]{16}\.json\.gz", re.ASCII)
_TIME = re.compile(r"_(\d{8}T\d{4,6}Z)[_.]", re.ASCII)


def file_key(key: str) -> FileKey | None:
    """Return what `key` says, or None when it is not the key of a CloudTrail file."""
    match = _KEY.fullmatch(key)
    if match is None:
        return None
    prefix, organization, account, kind, region, day, name = match.groups()
    if kind not in _KINDS or (on := _day(day)) is None:
        return None
    return FileKey(_KINDS[kind], int(account), region, on, _delivered_at(name), prefix, organization)


def is_log_file(key: str, size: int) -> bool:
    """Whether an object of a bucket is a log file that may be asked for, by its key and its size in bytes.

    It is what `file_key` tells, without what else that does: a listing has thousands.
    """
    match = _KEY.fullmatch(key)
    if match is None or match["kind"] != FileKind.LOG.value or _day(match["day"]) is None or has_control(key):
        return False
    # What makes a folder of a console or a copying program: it has no name of CloudTrail's, and nothing in it.
    return size > 0 or _delivered_at(match["name"]) is not None


@lru_cache(maxsize=128)
def _day(folder: str) -> date | None:
    # Kept: it is asked of each file, and a listing has few days.
    try:
        return date.fromisoformat(folder.replace("/", "-"))
    except ValueError:
        return None


def has_control(key: str) -> bool:
    """Whether a key has a control character: no name of CloudTrail's has one, and such an object is not asked for."""
    return not key.isprintable() and _CONTROL.search(key) is not None


def names_a_log_file(name: str) -> bool:
    """Whether a file of this name is the same wherever it lies: account, Region, minute and 16 random characters."""
    return _LOG_NAME.fullmatch(name) is not None


def _delivered_at(name: str) -> datetime | None:
    match = _TIME.search(name)
    if match is None:
        return None
    try:
        return datetime.fromisoformat(match[1])
    except ValueError:
        return None
