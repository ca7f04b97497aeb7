"""What S3 refused: an answer's status, and the XML that names the error (S3 API Reference, "Error responses")."""

import html
import re
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from app.aws.errors import Throttled, Unreachable, action, from_client_error, outcome_of
from app.core.errors import CouldNotLook
from app.core.model.own_call import CallOutcome

_SAID = re.compile(rb"<Code>([^<]*)</Code>(?:.*?<Message>([^<]*)</Message>)?", re.DOTALL)
_BUSY = frozenset({429, 503})
"""Both of S3's 503, SlowDown and ServiceUnavailable, ask for fewer requests."""
_SERVER_FAULT = 500
_UNNAMED = {403: "AccessDenied", 404: "NoSuchKey"}
"""Of an answer without a body: to HEAD, or of a gateway before S3."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Why there is nothing: the status and body of S3's answer; status 0: no answer came, and `said` tells why."""

    status: int
    said: bytes


def outcome(fault: Fault) -> CallOutcome:
    """Return under which outcome the ledger counts the call that ended so."""
    return CallOutcome.THROTTLED if fault.status in _BUSY else outcome_of(_named(fault)[0])


def may_pass(fault: Fault) -> bool:
    """Whether the same request may go well in a moment: S3 is busy or at fault, or no answer came at all."""
    return not fault.status or fault.status >= _SERVER_FAULT or outcome(fault) is CallOutcome.THROTTLED


def explained(fault: Fault, operation: str, region: str, where: str) -> CouldNotLook:
    """Return our error for it. `where` is the s3:// URL of what was asked for."""
    api = action("s3", operation)
    code, message = _named(fault)
    if outcome(fault) is CallOutcome.THROTTLED:
        told = f"{code}: {message}" if code else f"HTTP {fault.status}"
        return Throttled(f"{api} in {region}: {told} ({where}): still throttled after the last retry")
    if not code:
        told = f"HTTP {fault.status}, which names no error of S3" if fault.status else fault.said.decode()
        return Unreachable(f"{api} on {where}: {told}")
    answer: Any = {
        "Error": {"Code": code, "Message": f"{message} ({where})"},
        "ResponseMetadata": {"HTTPStatusCode": fault.status},
    }
    return from_client_error(ClientError(answer, operation), "s3", region)


def _named(fault: Fault) -> tuple[str, str]:
    """Return AWS's word for it and its message; "" where there is none."""
    said = _SAID.search(fault.said) if fault.status else None
    if said is None:
        return _UNNAMED.get(fault.status, ""), ""
    return html.unescape(said[1].decode(errors="replace")), html.unescape((said[2] or b"").decode(errors="replace"))
