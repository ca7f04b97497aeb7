"""What S3 refused, as obstore tells it: in the text of its errors, whose types do not suffice.

A denied listing is a GenericError like a lost connection; what S3 answered stands in the text, status and XML.
"""

import html
import re
from typing import Any

from botocore.exceptions import ClientError
from obstore.exceptions import BaseError, GenericError, NotFoundError, PermissionDeniedError

from app.aws.errors import Throttled, Unreachable, action, from_client_error, outcome_of
from app.core.errors import CouldNotLook
from app.core.model.own_call import CallOutcome

_SAID = re.compile(r"<Code>([^<]*)</Code>(?:.*?<Message>([^<]*)</Message>)?", re.DOTALL)
_STATUS = re.compile(r"Server returned non-2xx status code: (\d{3})")
_BUSY = frozenset({429, 503})
"""S3 API Reference, "Error responses": both of its 503, SlowDown and ServiceUnavailable, ask for fewer requests."""
_SERVER_FAULT = 500
_ODD = ("Encountered object with invalid path", "Got invalid list response")
"""How obstore begins to say that S3 listed a key that it cannot take: `a//b`, `a/../b`, control characters."""


def is_of_odd_key(error: BaseError) -> bool:
    """Whether a listing was answered and has a key in it that obstore takes for none: then it gives none of them."""
    return any(said in str(error) for said in _ODD)


def outcome(error: BaseError) -> CallOutcome:
    """Return under which outcome the ledger counts the call that ended so."""
    if is_of_odd_key(error):
        return CallOutcome.OK
    if _status(error) in _BUSY:
        return CallOutcome.THROTTLED
    return outcome_of(_code(error))


def may_pass(error: BaseError) -> bool:
    """Whether the same request may go well in a moment: S3 is busy or at fault, or no answer came at all."""
    if outcome(error) is CallOutcome.THROTTLED:
        return True
    if is_of_odd_key(error):
        return False
    status = _status(error)
    return status >= _SERVER_FAULT if status else isinstance(error, GenericError)


def explained(error: BaseError, operation: str, region: str, where: str) -> CouldNotLook:
    """Return our error for obstore's. `where` is the s3:// URL of what was asked for."""
    text = " ".join(str(error).split("\n\nDebug source:")[0].split())
    said, code, api = _SAID.search(text), _code(error), action("s3", operation)
    message = html.unescape((said[2] or "") if said else "")
    if outcome(error) is CallOutcome.THROTTLED:
        told = f"{code}: {message}" if code else text
        return Throttled(f"{api} in {region}: {told} ({where}): still throttled after the last retry")
    if not code:
        return Unreachable(f"{api} on {where}: {text}")
    answer: Any = {
        "Error": {"Code": code, "Message": f"{message} ({where})"},
        "ResponseMetadata": {"HTTPStatusCode": _status(error)},
    }
    return from_client_error(ClientError(answer, operation), "s3", region)


def _code(error: BaseError) -> str:
    """Return AWS's word for it; "" when no answer came, or one that names none."""
    said = _SAID.search(str(error))
    if said is not None:
        return said[1]
    if isinstance(error, PermissionDeniedError):
        return "AccessDenied"
    return "NoSuchKey" if isinstance(error, NotFoundError) else ""


def _status(error: BaseError) -> int:
    """Return the HTTP status of S3's answer, 0 when there was none."""
    found = _STATUS.search(str(error))
    return int(found[1]) if found else 0
