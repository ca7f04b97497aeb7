"""What somebody wrote into the roles, checked: a `*` in a policy is a pattern, and allows more than was meant."""

import re
from dataclasses import replace

from app.core.arn import Arn, parsed
from app.core.digits import account_number
from app.core.errors import InvalidInput

_PARTITION = re.compile(r"aws[a-z-]*", re.ASCII)
_REGION = re.compile(r"[a-z0-9-]+", re.ASCII)
_KEY = re.compile(r"key/[A-Za-z0-9-]+", re.ASCII)
# Amazon SQS API Reference, CreateQueue; FIFO queues, whose names end in .fifo, get no events of S3.
_QUEUE = re.compile(r"[A-Za-z0-9_-]{1,80}", re.ASCII)
# IAM User Guide, "IAM identifiers", where a path may also hold other printable characters: * and ${ are among them.
_IDENTITY = re.compile(r"root|(role|user)/([A-Za-z0-9_+=,.@-]+/)*[A-Za-z0-9_+=,.@-]{1,64}", re.ASCII)
# CloudWatch Logs API Reference, CreateLogGroup; AWS shows the ARN with ":*" behind it, for all of its streams.
_GROUP = re.compile(r"(log-group:[A-Za-z0-9_./#-]{1,512})(?::\*)?", re.ASCII)
_BUCKET = re.compile(r"(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", re.ASCII)
_ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+", re.ASCII)


def key_arn(text: str) -> Arn:
    """Return the ARN of a KMS key.

    Raises:
        InvalidInput: `text` is none. An alias is none either: a policy on an alias does not allow the use of its key
            (KMS Developer Guide, "Specifying KMS keys in IAM policy statements").
    """
    arn = parsed(text)
    if arn is None or not _is_of(arn, "kms") or not _REGION.fullmatch(arn.region) or not _KEY.fullmatch(arn.resource):
        raise InvalidInput(
            f"{text!r} is not the ARN of a KMS key: arn:aws:kms:REGION:ACCOUNT:key/ID with the account's 12 digits, "
            "and neither alias nor pattern"
        )
    return arn


def queue_arn(text: str) -> Arn:
    """Return the ARN of a standard queue of SQS.

    Raises:
        InvalidInput: `text` is none.
    """
    arn = parsed(text)
    if arn is None or not _is_of(arn, "sqs") or not _REGION.fullmatch(arn.region) or not _QUEUE.fullmatch(arn.resource):
        raise InvalidInput(
            f"{text!r} is not the ARN of a queue: arn:aws:sqs:REGION:ACCOUNT:NAME with the account's 12 digits, of a "
            "standard queue, and no pattern"
        )
    return arn


def log_group_arn(text: str) -> Arn:
    """Return the ARN of a log group of CloudWatch Logs, without the ":*" that AWS puts behind it.

    Raises:
        InvalidInput: `text` is none.
    """
    arn = parsed(text)
    group = None if arn is None else _GROUP.fullmatch(arn.resource)
    if arn is None or group is None or not _is_of(arn, "logs") or not _REGION.fullmatch(arn.region):
        raise InvalidInput(
            f"{text!r} is not the ARN of a log group: arn:aws:logs:REGION:ACCOUNT:log-group:NAME with the account's 12 "
            "digits, and no pattern"
        )
    return replace(arn, resource=group[1])


def bucket_name(text: str) -> str:
    """Return `text`, the name of an S3 bucket.

    Raises:
        InvalidInput: it is none by the Amazon S3 User Guide, "General purpose bucket naming rules".
    """
    if not _BUCKET.fullmatch(text) or _ADDRESS.fullmatch(text):
        raise InvalidInput(
            f"{text!r} is not the name of a bucket: 3 to 63 of a-z, 0-9, '.' and '-', a letter or digit at both ends, "
            "no two '.' in a row, no IP address"
        )
    return text


def identity_arn(text: str) -> str:
    """Return `text`, the ARN of whom the roles trust: an IAM role or user, or an account's root.

    Raises:
        InvalidInput: it is none.
    """
    arn = parsed(text)
    if arn is None or not _is_of(arn, "iam") or arn.region or not _IDENTITY.fullmatch(arn.resource):
        raise InvalidInput(
            f"{text!r} is not the ARN of a role or user: arn:aws:iam::ACCOUNT:role/NAME, …:user/NAME or …:root "
            "with the account's 12 digits, and no pattern"
        )
    return text


def _is_of(arn: Arn, service: str) -> bool:
    """Return whether `arn` names something of `service` in one account of one partition."""
    return (
        arn.service == service and account_number(arn.account) is not None and bool(_PARTITION.fullmatch(arn.partition))
    )
