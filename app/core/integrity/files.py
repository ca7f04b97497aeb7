"""One log file as it was read beside what its digest says of it."""

import hashlib
from functools import lru_cache

from app.core.model.integrity import LogFile
from app.core.trailfile.digest.breaks import Break, BreakKind
from app.core.trailfile.digest.signing import HASH_ALGORITHM


@lru_cache(1_024)
def number_of(origin: str) -> int | None:
    """Return the number by which an event names its log file in S3; None: it did not come from one."""
    if not origin.startswith("s3://"):
        return None
    digest = hashlib.blake2b(origin.encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def file_break(file: LogFile) -> Break | None:
    """Return what is wrong with a log file; None: nothing, as far as it was read and listed."""
    if file.changed_sha256 is not None:
        what = f"it was read twice: first with the SHA-256 {file.read_sha256}, then with {file.changed_sha256}"
        return Break(BreakKind.LOG_EDITED, file.origin, what)
    return None if file.digest is None else _listed_break(file)


def _listed_break(file: LogFile) -> Break | None:
    if file.is_missing:
        return Break(BreakKind.LOG_MISSING, file.origin, f"{file.digest} lists it")
    if file.listed_algorithm != HASH_ALGORITHM:
        what = f"hashAlgorithm is {file.listed_algorithm!r}, which CloudTrail does not use"
        return Break(BreakKind.ALGORITHM_WRONG, file.origin, what)
    if file.read_problem is not None:
        return Break(BreakKind.LOG_EDITED, file.origin, file.read_problem)
    if file.read_sha256 is not None and file.read_sha256 != (file.listed_sha256 or "").lower():
        what = f"its SHA-256 is {file.read_sha256}, its digest says {file.listed_sha256}"
        return Break(BreakKind.LOG_EDITED, file.origin, what)
    return None
