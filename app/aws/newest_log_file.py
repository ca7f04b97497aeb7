"""The newest log file of a trail's bucket, looked for in few folders: whether logs still arrive."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain, islice

from app.aws.sources._bucket import Bucket
from app.aws.sources._s3_listing import Listed
from app.core.digits import account_number
from app.core.trailfile.keys import FileKind, file_key

MOST_PLACES = 12
"""Folders of an account and Region that are looked into: an organization has thousands, and one of them is enough."""
MOST_LISTED = 20_000
"""Objects of a day that are looked at: a file every five minutes are 288, and somebody waits for the answer."""
_DAYS = 3


@dataclass(frozen=True, slots=True)
class LogFile:
    """A log file of the last days."""

    listed: Listed
    delivered_at: datetime


def newest_log_file(bucket: Bucket, prefix: str, regions: tuple[str, ...], now: datetime) -> LogFile | None:
    """Return the newest log file of the last three days in the folders looked into; None when there is none.

    Folders of `regions` are looked into first: there our own calls are logged.

    Raises:
        CouldNotLook: the bucket may not be listed.
    """
    found: list[LogFile] = []
    for place in islice(_places(bucket, base(prefix), regions), MOST_PLACES):
        found += _newest_of(bucket, place, now)
    return max(found, key=lambda file: file.delivered_at, default=None)


def base(prefix: str) -> str:
    """Return the folder that CloudTrail writes below `prefix`."""
    return f"{prefix.strip('/')}/AWSLogs/".lstrip("/")


def _places(bucket: Bucket, folder: str, regions: tuple[str, ...]) -> Iterator[str]:
    accounts = chain.from_iterable(_accounts(bucket, folder, name) for name in bucket.folders(folder))
    for account in accounts:
        logs = f"{account}{FileKind.LOG}/"
        there = bucket.folders(logs)
        wanted = [region for region in regions if region in there]
        yield from (f"{logs}{region}/" for region in wanted or there[:1])


def _accounts(bucket: Bucket, folder: str, name: str) -> Iterator[str]:
    if account_number(name) is not None:
        yield f"{folder}{name}/"
    elif name.startswith("o-"):
        below = f"{folder}{name}/"
        yield from (f"{below}{account}/" for account in bucket.folders(below) if account_number(account) is not None)


def _newest_of(bucket: Bucket, place: str, now: datetime) -> list[LogFile]:
    """Return the newest file of the newest day that has any."""
    today = now.astimezone(UTC).date()
    for day in (today - timedelta(days=back) for back in range(_DAYS)):
        files = (
            LogFile(listed, key.delivered_at)
            for listed in islice(bucket.keys(f"{place}{day:%Y/%m/%d}/"), MOST_LISTED)
            if (key := file_key(listed.key)) is not None and key.kind is FileKind.LOG and key.delivered_at is not None
        )
        newest = max(files, key=lambda file: file.delivered_at, default=None)
        if newest is not None:
            return [newest]
    return []
