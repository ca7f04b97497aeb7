"""How a call ended, in the three words that a watcher asks with."""

from enum import StrEnum


class CallOutcome(StrEnum):
    """AWS answered, refused by permission, or failed otherwise."""

    OK = "ok"
    DENIED = "denied"
    ERROR = "error"


DENIED_CODES: tuple[str, ...] = (
    "AccessDenied",
    "AccessDeniedException",
    "Client.UnauthorizedOperation",
    "NotAuthorizedException",
    "UnauthorizedOperation",
)
"""Error codes by which AWS refuses a caller (KVS API Reference: NotAuthorizedException and AccessDeniedException)."""


def outcome_of(error_code: str | None) -> CallOutcome:
    """Return the outcome that a record's errorCode tells; no code is success."""
    if error_code is None:
        return CallOutcome.OK
    return CallOutcome.DENIED if error_code in DENIED_CODES else CallOutcome.ERROR
