"""What the integrity of log files in S3 is checked with: a trail's bucket, and CloudTrail's public keys."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from app.aws.errors import NotThere
from app.aws.pages import items
from app.aws.session import AccountSession
from app.aws.sources._bucket import Bucket, Object
from app.core.errors import CouldNotLook
from app.core.trailfile.digest.chain import Stored
from app.core.trailfile.digest.signing import PublicKey, public_key

PERMISSIONS = ("cloudtrail:ListPublicKeys", "s3:GetBucketLocation", "s3:GetObject", "s3:ListBucket")


class TrailBucket:
    """A trail's bucket below a prefix, which may name one account: `logs/AWSLogs/o-abc1234567/111122223333/`."""

    def __init__(self, bucket: Bucket, prefix: str) -> None:
        self._bucket = bucket
        self.bucket: str | None = bucket.name
        self.name = f"s3://{bucket.name}/{prefix}"
        self.prefix = prefix

    def folders(self, prefix: str) -> list[str]:
        """Return the names of the folders right below `prefix`, sorted."""
        return self._bucket.folders(prefix)

    def keys(self, prefix: str, after: str = "") -> Iterator[str]:
        """Yield the keys below `prefix` that are greater than `after`, in order."""
        return (listed.key for listed in self._bucket.keys(prefix, after))

    def read(self, keys: Sequence[str]) -> list[Stored | CouldNotLook | None]:
        """Return each object, why it could not be read, or None when there is none; in the order of `keys`."""
        return [_stored(answer) for answer in self._bucket.objects(keys)]


def public_keys(session: AccountSession, region: str, start: datetime, end: datetime) -> tuple[PublicKey, ...]:
    """Return CloudTrail's keys of a Region that were valid at some moment between two times, all pages of them.

    Any account may ask; every Region has keys of its own.

    Raises:
        CouldNotLook: one of `app.aws.errors`.
        InvalidInput: a key cannot be read.
    """
    answer = items(session, "cloudtrail", "list_public_keys", "PublicKeyList", region, StartTime=start, EndTime=end)
    return tuple(public_key(key) for key in answer)


def _stored(answer: Object | CouldNotLook) -> Stored | CouldNotLook | None:
    match answer:
        case Object():
            return Stored(answer.blob, answer.metadata)
        case NotThere(code="NoSuchKey"):
            return None
        case _:
            return answer
