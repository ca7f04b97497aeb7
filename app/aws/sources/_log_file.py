"""One log file of a bucket that was asked for: it came, it may come another time, or it never will."""

from typing import TypeGuard

from app.aws.errors import Archived, NotThere, TooLarge
from app.aws.sources._source import Fetched
from app.core.errors import CouldNotLook
from app.core.trailfile.gunzip import RAISE_IT


def may_come(answer: bytes | CouldNotLook) -> TypeGuard[CouldNotLook]:
    """Whether a file that did not come may come another time: not one that is gone, archived or too big.

    What else is not there, the key of the file's encryption for one (KMS.NotFoundException), may be there again.
    """
    if not isinstance(answer, CouldNotLook) or isinstance(answer, Archived | TooLarge):
        return False
    return not (isinstance(answer, NotThere) and answer.code == "NoSuchKey")


def log_file(bucket: str, key: str, answer: bytes | CouldNotLook) -> Fetched:
    """Return a file that came, or one that is given up, by name."""
    origin = f"s3://{bucket}/{key}"
    match answer:
        case bytes():
            return Fetched(origin, answer)
        case TooLarge():
            return Fetched(origin, problem=f"{answer}: {RAISE_IT}", size=answer.size)
        case _:
            return Fetched(origin, problem=f"given up: {answer}")
