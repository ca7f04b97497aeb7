"""The parts of a snapshot that rules rest on, by the names under which they are collected (app.core.parts.CONTENT)."""

from app.core.model.snapshot import Part

IAM = "iam"
MANAGED_POLICIES = "managed_policies"
CREDENTIAL_REPORT = "credential_report"
ACCESS_KEYS = "access_keys"
STREAMS = "streams"
CHANNELS = "channels"
TRAILS = "trails"
TRAIL_STATUS = "trail_status"
EVENT_SELECTORS = "event_selectors"
REQUEST_COUNTS = "request_counts"

PERMISSIONS = (IAM, MANAGED_POLICIES, STREAMS, CHANNELS)
"""What the access matrix is computed from. SCPs and RCPs are not among them: where they could not be read, the
matrix says "unknown" cell by cell."""
LOGGING = (STREAMS, CHANNELS, TRAILS, TRAIL_STATUS, EVENT_SELECTORS)
"""What coverage is computed from."""


def unseen_reason(part: Part) -> str:
    """Return in words why a part was never seen, or not at the last attempt, naming the IAM action that was denied."""
    where = f" in {part.region}" if part.region else ""
    why = f"denied {part.missing}" if part.missing else part.message or part.state.replace("_", " ")
    since = "never read" if part.seen_at is None else f"not read since {part.seen_at:%Y-%m-%d %H:%MZ}"
    return f"{part.name.replace('_', ' ')}{where}: {since}, {why}"
