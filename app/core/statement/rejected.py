"""Which records that could not be read may be of an interval."""

from datetime import datetime

from app.core.coverage.gaps import UnreadFile, gaps
from app.core.trailfile.keys import file_key

_S3 = "s3://"


def may_be_of(origin: str, account: int, region: str, start: datetime, end: datetime) -> bool:
    """Return whether what was rejected of `origin`, a file or another source, may tell of [start, end) there.

    A log file's name tells its account, its Region and about when its events were; of anything else nothing is known.
    """
    bucket, _, key = origin.removeprefix(_S3).partition("/") if origin.startswith(_S3) else ("", "", origin)
    named = file_key(key)
    if named is None:
        return True
    if (named.account, named.region) != (account, region):
        return False
    found = gaps([UnreadFile(bucket, key, "")]).values()
    return any(gap.start < end and gap.end > start for held in found for gap in held)
