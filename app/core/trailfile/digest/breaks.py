"""What can be wrong with a chain of digests and the log files that it lists."""

from dataclasses import dataclass
from enum import StrEnum


class BreakKind(StrEnum):
    """Every way in which the files are not what CloudTrail delivered, or nothing proves that they are."""

    LOG_EDITED = "log edited"
    LOG_MISSING = "log missing"
    LOG_UNLISTED = "log unlisted"
    DIGEST_EDITED = "digest edited"
    DIGEST_MISSING = "digest missing"
    DIGEST_MISPLACED = "digest misplaced"
    PREVIOUS_HASH = "previous hash mismatch"
    PREVIOUS_SIGNATURE = "previous signature mismatch"
    SIGNATURE_WRONG = "signature wrong"
    SIGNATURE_MISSING = "signature missing"
    KEY_UNKNOWN = "key unknown"
    ALGORITHM_WRONG = "algorithm wrong"
    CHAIN_RESTARTED = "chain restarted"
    CHAIN_FORKED = "chain forked"
    TAIL_CUT_OFF = "tail cut off"
    NO_DIGESTS = "no digests"


@dataclass(frozen=True, slots=True)
class Break:
    """One break. `where` is the key of the file that it is about."""

    kind: BreakKind
    where: str
    what: str
