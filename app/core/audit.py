"""The chained log of what people changed: each entry's hash covers its own words and the hash before it."""

import hashlib
import json
from collections.abc import Mapping
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
