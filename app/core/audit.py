"""The chained log of what people changed: each entry's hash covers its own words and the hash before it."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

GENESIS = bytes(32)
"""What stands before the first entry."""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what to what, and when. `detail` is JSON."""

    at: datetime
    actor: str
    action: str
    subject: str
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """An entry as it lies in the log, with the hash before it and its own."""

    id: int
    entry: AuditEntry
    previous: bytes
    hash: bytes


@dataclass(frozen=True, slots=True)
class Break:
    """A place where the log is not what was written."""

    id: int
    what: str


def breaks(log: Iterable[StoredEntry]) -> Iterator[Break]:
    """Yield each place where the chain of `log`, oldest first, does not hold.

    Entries cut off at the end leave no trace in the chain: compare the last hash with one that was noted elsewhere.
    """
    before = GENESIS
    for stored in log:
        if stored.previous != before:
            yield Break(stored.id, "does not follow the entry before it: one was taken out or put in")
        if chained_hash(stored.previous, stored.entry) != stored.hash:
            yield Break(stored.id, "was changed after it was written")
        before = stored.hash


def chained_hash(previous: bytes, entry: AuditEntry) -> bytes:
    """Return the SHA-256 over `previous` and the entry in canonical JSON (keys sorted, no spaces, UTF-8).

    Postgres keeps times to the microsecond, so that is what is hashed.
    """
    words = {
        "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor": entry.actor,
        "action": entry.action,
        "subject": entry.subject,
        "detail": entry.detail,
    }
    canonical = json.dumps(words, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(previous + canonical.encode()).digest()
