"""What IAM saw of a long-term key and no stored call tells of: what it does is not all known."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from app.core.model.principal import AccessKey

SERVICE = "kinesisvideo"
LATE = timedelta(hours=1)
"""CloudTrail delivers a quarter of an hour after a call on average, and times of the two may differ by seconds."""
_MINUTE = "%Y-%m-%d %H:%MZ"
Uses = Iterable[tuple[str | None, datetime]]
"""Keys with which calls were made, and when last."""


def is_unrecorded(key: AccessKey, calls: Uses, since: datetime, now: datetime) -> bool:
    """Whether IAM saw a use for Kinesis Video Streams since then that is behind all `calls` with the key."""
    at = key.last_used_at
    if at is None or key.last_used_service != SERVICE or not since <= at <= now - LATE:
        return False
    stored = [last_at for used, last_at in calls if used == key.id]
    return not stored or at - max(stored) > LATE


def unrecorded(keys: Iterable[AccessKey], calls: Uses, since: datetime, now: datetime) -> str:
    """Return what is said of those keys, "" where records tell of each use."""
    known = tuple(calls)
    found = [key for key in keys if key.is_active and is_unrecorded(key, known, since, now)]
    if not found:
        return ""
    told = " and of ".join(f"{key.id} for {SERVICE} on {key.last_used_at:{_MINUTE}}" for key in found)
    return f"IAM saw a use of {told}, and no stored call tells of it: what would break is not all known."
