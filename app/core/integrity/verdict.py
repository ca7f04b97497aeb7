"""The verdicts, each decided by the facts in its hand and nothing else.

Broken wins over unverified, unverified over verified: one file that was changed breaks its hour, whatever else holds.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.core.integrity.files import file_break
from app.core.model.integrity import Judged, LogFile, Verdict
from app.core.trailfile.digest.breaks import Break

VERIFIED = Judged(Verdict.VERIFIED)
NOT_DELIVERED = "its digest is not delivered yet"
NOT_LISTED = "no digest that lists it was read yet"
NOT_CHECKED = "its digest is not checked yet"
VALIDATION_OFF = "log file validation is off"
BEFORE_FIRST = "it is from before the first digest"
NOT_KEPT = "its hash was not kept when it was read"
NO_LOG_FILE = "no log file in S3 is known for it"
NO_FILE = "no file: it came from LookupEvents"
FROM_DISK = "imported from a disk: check the copy with kvswatch verify"
NO_ORIGIN = "its raw record is not kept, which names its file"
_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Files:
    """The log files that one digest lists: how many, and how many of them were not read yet."""

    listed: int = 0
    waiting: int = 0


def unverified(why: str) -> Judged:
    """Return that nothing is proven."""
    return Judged(Verdict.UNVERIFIED, why)


def broken(breaks: Sequence[Break]) -> Judged:
    """Return that something is wrong, the first few of the breaks in words."""
    named = "; ".join(f"{one.kind}: {_name(one.where)}: {one.what}" for one in breaks[:_MOST_NAMED])
    more = len(breaks) - _MOST_NAMED
    return Judged(Verdict.BROKEN, f"{named}; and {more} more" if more > 0 else named)


def of_digest(breaks: Sequence[Break], *, is_unsigned: bool, no_keys: str) -> Judged:
    """Return what holds of a digest by itself and within its chain; `no_keys` says why there are none to check with."""
    if breaks:
        return broken(breaks)
    if is_unsigned:
        return unverified(no_keys or "its signature could not be checked")
    return VERIFIED


def of_hour(digest: Judged, breaks: Sequence[Break], files: Files, of_files: Sequence[Break]) -> Judged:
    """Return what holds of the hour of a digest: of the digest and of every log file that it lists."""
    if breaks or of_files:
        return broken([*breaks, *of_files])
    if digest.verdict is not Verdict.VERIFIED:
        return digest
    if files.waiting:
        return unverified(f"{files.waiting:,} of the {files.listed:,} log files that its digest lists are not read yet")
    return VERIFIED


def of_file(origin: str | None, file: LogFile | None, digest: Judged | None, hour: Judged | None) -> Judged:
    """Return what holds of one record by the file that it came in.

    Args:
        origin: where the record lay; None: that is not known any more.
        file: what is remembered of the log file that has it, which may have come after the record, from LookupEvents.
        digest: the verdict on the digest that lists it.
        hour: where none lists it, the verdict over the hour that it was delivered in.
    """
    if file is None:
        return _without_file(origin)
    found = file_break(file)
    if found is not None:
        return broken([found])
    if file.digest is None:
        return hour or unverified(NOT_LISTED)
    return digest or unverified(NOT_CHECKED)


def _without_file(origin: str | None) -> Judged:
    """Return why no log file is known of a record that lay at `origin`."""
    if origin is None:
        return unverified(NO_ORIGIN)
    if origin.startswith("s3://"):
        return unverified(NOT_KEPT)
    return unverified(FROM_DISK if "/" in origin else NO_FILE)


def worst(judged: Iterable[Judged]) -> Judged:
    """Return the verdict that decides over all of them; VERIFIED when there is none."""
    return max(judged, key=gravity, default=VERIFIED)


def gravity(judged: Judged) -> int:
    """Return how bad a verdict is, beside others."""
    return _WEIGHT[judged.verdict]


_WEIGHT = {Verdict.VERIFIED: 0, Verdict.UNVERIFIED: 1, Verdict.BROKEN: 2}


def _name(key: str) -> str:
    return key.rpartition("/")[2] or key
