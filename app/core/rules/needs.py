"""The parts of a snapshot that rules rest on, by the names under which they are collected (app.core.parts.CONTENT)."""

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
