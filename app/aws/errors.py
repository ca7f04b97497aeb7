"""What AWS refused, told apart by what can be done about it.

CouldNotLook
├── Denied            a permission is missing, and `missing` names it
│   └── CannotAssume  the account's role itself cannot be assumed
├── Throttled         asked too often, also after every retry
├── NotThere          what was asked for does not exist
├── Unreachable       no answer: network, time-out, or a server fault on AWS's side
├── Expired           the credentials were good once
├── BadCredentials    the credentials are none, unknown, or not valid in this Region
└── Refused           anything else that AWS said no to
    ├── Archived      the object lies in an archive of S3, and cannot be read before it is restored
    └── TooLarge      the object is larger than anything that we read
"""

import re

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,  # noqa: A004 - botocore's own, not the builtin
    HTTPClientError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)

from app.core.errors import CouldNotLook
from app.core.model.own_call import CallOutcome
from app.core.onboarding.policy import DECRYPT

_ACTION = re.compile(r"not authorized to perform:? ([a-z0-9-]+:[A-Za-z0-9]+)")
# What S3 says when KMS refuses the key of an object and it names no action. Gathered from what others have met: nobody
# could make a real AWS account say it for kvswatch.
_ABOUT_KEY = re.compile(r"\bkms:[A-Z]|:kms:|KMS key|customer master key")
# KVS answers NotAuthorizedException and AccessDeniedException, other services their own spellings: matched by prefix.
_DENIED = ("AccessDenied", "NotAuthorized", "Unauthorized", "AuthorizationError", "UnauthorizedOperation")
# Of a queue that is encrypted with a KMS key: the code, and the name of the same error in botocore's model of SQS.
_KEY_DENIED = ("KMS.AccessDenied", "KmsAccessDenied")
THROTTLED = frozenset(
    {
        "ClientLimitExceededException",  # Kinesis Video; in none of botocore's own lists
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "SlowDown",
        "Throttling",
        "ThrottledException",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"})
_BAD_CREDENTIALS = frozenset(
    {
        "AuthFailure",
        "IncompleteSignature",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "MissingAuthenticationToken",
        "OptInRequired",
        "RequestTimeTooSkewed",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
_NOT_THERE = re.compile(
    r"^(NoSuch.*|.*NotFound|.*NotFoundException|AWSOrganizationsNotInUseException|.*NonExistentQueue|QueueDoesNotExist|.*NotPresent.*)$"
)
_SERVER_FAULT = 500
_OWN_CREDENTIALS = (
    "kvswatch needs AWS credentials of its own: run it where a role is attached, or set AWS_PROFILE, or "
    "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
)
_ARCHIVED = "archived by a lifecycle rule: restore it and import a copy with kvswatch ingest"
_PREFIXES = {"accessanalyzer": "access-analyzer"}
# The operations whose IAM action bears another name (Service Authorization Reference, "Amazon S3" and "Amazon SQS").
_ACTIONS = {
    ("s3", "ListObjectsV2"): "ListBucket",
    ("s3", "ListObjects"): "ListBucket",
    ("s3", "HeadObject"): "GetObject",
    ("s3", "HeadBucket"): "ListBucket",
    ("sqs", "DeleteMessageBatch"): "DeleteMessage",
}


class Denied(CouldNotLook):
    """A permission is missing. `missing` is the IAM action, such as "iam:GetCredentialReport"."""

    def __init__(self, message: str, missing: str) -> None:
        super().__init__(message)
        self.missing = missing


class CannotAssume(Denied):
    """The account's role cannot be assumed: nothing of the account can be read."""


class Throttled(CouldNotLook):
    """AWS asked for fewer calls, and kept on asking after the last retry."""


class NotThere(CouldNotLook):
    """What was asked for does not exist. `code` is AWS's own word for it."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


class Unreachable(CouldNotLook):
    """No answer came, or only that something broke on the other side."""


class Expired(CouldNotLook):
    """The credentials have run out."""


class BadCredentials(CouldNotLook):
    """There are no credentials, or AWS does not know them here."""


class Refused(CouldNotLook):
    """AWS refused for a reason that has no name of its own here."""


class Archived(Refused):
    """An object of S3 was moved to an archive storage class (S3 API Reference, GetObject, "InvalidObjectState")."""


class TooLarge(Refused):
    """An object of S3 that is larger than the limit: its bytes, compressed or not, were left where they are.

    `is_least`: it may be larger than `size`.
    """

    def __init__(self, size: int, limit: int, *, is_least: bool = False) -> None:
        least = "at least " if is_least else ""
        super().__init__(f"{least}{size:,} bytes as stored, compressed, are more than {limit:,}, the limit")
        self.size = size


def action(service: str, operation: str) -> str:
    """Return the IAM action of an operation: ("s3", "ListObjectsV2") gives "s3:ListBucket"."""
    return f"{_PREFIXES.get(service, service)}:{_ACTIONS.get((service, operation), operation)}"


def from_client_error(error: ClientError, service: str, region: str) -> CouldNotLook:
    """Return our error for what AWS answered to `service`."""
    code = str(error.response.get("Error", {}).get("Code", ""))
    said = str(error.response.get("Error", {}).get("Message", "")) or "AWS gave no message"
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    called = action(service, error.operation_name)
    what = f"{called}{f' in {region}' if region else ''}: {code}: {said}"
    if code.startswith((*_DENIED, *_KEY_DENIED)):
        missing = DECRYPT if code.startswith(_KEY_DENIED) else missing_action(said, called)
        return Denied(what if missing in what else f"{what}: {missing} is missing", missing)
    if code in THROTTLED:
        return Throttled(f"{what}: still throttled after the last retry")
    if _NOT_THERE.match(code):
        return NotThere(what, code)
    if code == "InvalidObjectState":
        return Archived(f"{what}: {_ARCHIVED}")
    return _about_credentials(code, what) or _other(what, status)


def _about_credentials(code: str, what: str) -> CouldNotLook | None:
    if code in _EXPIRED:
        return Expired(f"{what}: the credentials have expired")
    if code in _BAD_CREDENTIALS:
        return BadCredentials(f"{what}: check the credentials, this machine's clock, and that the Region is enabled")
    return None


def _other(what: str, status: int) -> CouldNotLook:
    return Unreachable(f"{what}: a fault on AWS's side (HTTP {status})") if status >= _SERVER_FAULT else Refused(what)


def from_botocore(error: BotoCoreError, service: str, operation: str, region: str) -> CouldNotLook:
    """Return our error for a call that got no answer of AWS."""
    what = f"{action(service, operation)}{f' in {region}' if region else ''}: {error}"
    match error:
        case NoCredentialsError() | PartialCredentialsError() | ProfileNotFound() | SSOError() | TokenRetrievalError():
            return BadCredentials(f"{what}: {_OWN_CREDENTIALS}")
        case HTTPClientError() | ConnectionError():
            return Unreachable(what)
        case _:
            return Refused(what)


def in_short(error: CouldNotLook) -> str:
    """Return what is at fault in a word or two, the same for all files or streams that fail alike."""
    match error:
        case Denied():
            return f"AccessDenied {error.missing}"
        case Throttled():
            return "throttled"
        case Unreachable():
            return "no answer"
        case Expired() | BadCredentials():
            return "credentials not taken"
        case NotThere():
            return error.code
        case _:
            return "refused"


def without_own_credentials(error: BotoCoreError) -> CouldNotLook:
    """Return our error for credentials of kvswatch's own that could not be had: before any call."""
    return BadCredentials(f"{error}: {_OWN_CREDENTIALS}")


def outcome_of(code: str) -> CallOutcome:
    """Return under which outcome the ledger of own calls counts an error code; "there is none" is an answer."""
    if code.startswith((*_DENIED, *_KEY_DENIED)):
        return CallOutcome.DENIED
    if _NOT_THERE.match(code):
        return CallOutcome.OK
    return CallOutcome.THROTTLED if code in THROTTLED else CallOutcome.FAILED


def missing_action(message: str, called: str) -> str:
    """Return the IAM action that `message` says is missing, else the one that was called.

    AWS's text is "User: … is not authorized to perform: kinesisvideo:ListStreams on resource: …"; a call may need
    another action than its own name (IAM User Guide, "Troubleshoot access denied error messages").
    """
    named = _ACTION.search(message)
    if named is not None:
        # SQS writes its actions in small letters.
        return called if named[1].casefold() == called.casefold() else named[1]
    return DECRYPT if called == "s3:GetObject" and _ABOUT_KEY.search(message) else called
