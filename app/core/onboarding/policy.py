"""IAM policies of the scanner's roles, made from the permissions that collectors and sources declare."""

from collections.abc import Iterable, Sequence
from typing import Any

from app.core.arn import Arn
from app.core.kvs.actions import ACTIONS, PREFIX, Group

VERSION = "2012-10-17"
_S3_BUCKET = ("s3:ListBucket", "s3:GetBucketLocation")
_S3_OBJECT = ("s3:GetObject",)
DECRYPT = "kms:Decrypt"
ON_ONE_RESOURCE = frozenset({"s3", "sqs", "logs"})
"""Services of which a role may touch only what was named to `kvswatch onboard`, and nothing when nothing was."""
_MEDIA_GROUPS = frozenset(
    {
        Group.MEDIA_READ_LIVE,
        Group.MEDIA_READ_ARCHIVE,
        Group.PLAYBACK_URL,
        Group.SIGNALING_VIEWER,
        Group.SIGNALING_MASTER,
        Group.STORAGE_SESSION,
        Group.MEDIA_WRITE,
        Group.ENDPOINT_DISCOVERY,
    }
)

NEVER = tuple(f"{PREFIX}:{action.name}" for action in ACTIONS.values() if action.group in _MEDIA_GROUPS)
"""What the scanner's roles are denied whatever else they are given: everything on the way to media."""

Statement = dict[str, Any]
Policy = dict[str, Any]


def role_policy(
    permissions: Iterable[str],
    buckets: Sequence[str] = (),
    keys: Sequence[Arn] = (),
    queue: Arn | None = None,
    log_group: Arn | None = None,
    queue_key: Arn | None = None,
) -> Policy:
    """Return the policy of one role: exactly `permissions`, and media denied.

    Those of S3 are allowed on `buckets` alone, those of SQS on `queue`, those of CloudWatch Logs on `log_group`.

    `keys` are the KMS keys of the buckets' log files, `queue_key` that of the queue's messages: with them, their
    decryption through S3, or SQS, is allowed too.

    Statements are one a service, so that a reader sees at a glance what is asked for.
    """
    wanted = sorted(set(permissions))
    statements = [
        _allow(service, [action for action in wanted if action.split(":")[0] == service], "*")
        for service in sorted({action.split(":")[0] for action in wanted})
        if service not in ON_ONE_RESOURCE
    ]
    if buckets:
        statements += _bucket_statements([action for action in wanted if action.startswith("s3:")], buckets)
    if queue is not None:
        statements.append(_on_one("HearOfLogFiles", "sqs:", wanted, str(queue)))
    if log_group is not None:
        # CloudWatch Logs User Guide, "Overview of managing access permissions": with ":*" in policies.
        statements.append(_on_one("ReadLogGroup", "logs:", wanted, f"{log_group}:*"))
    if keys:
        statements.append(_decrypt("DecryptLogFiles", "s3", keys))
    if queue_key is not None:
        statements.append(_decrypt("DecryptMessages", "sqs", (queue_key,)))
    return {"Version": VERSION, "Statement": [*statements, _never_media()]}


def trust_policy(trusted_principal: str, external_id: str) -> Policy:
    """Return who may assume the role: kvswatch's own identity, and only with the external ID.

    Source: IAM User Guide, "Access to AWS accounts owned by third parties".
    """
    return {
        "Version": VERSION,
        "Statement": [
            {
                "Sid": "KvswatchWithItsExternalId",
                "Effect": "Allow",
                "Principal": {"AWS": trusted_principal},
                "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"sts:ExternalId": external_id}},
            }
        ],
    }


def _allow(service: str, actions: list[str], resource: str) -> Statement:
    sid = "Read" + "".join(part.title() for part in service.split("-"))
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource}


def _on_one(sid: str, prefix: str, wanted: Sequence[str], resource: str) -> Statement:
    actions = [action for action in wanted if action.startswith(prefix)]
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource}


def _bucket_statements(actions: list[str], buckets: Sequence[str]) -> list[Statement]:
    on_bucket = [action for action in actions if action in _S3_BUCKET]
    on_object = [action for action in actions if action in _S3_OBJECT]
    arns = [f"arn:aws:s3:::{bucket}" for bucket in buckets]
    return [
        statement
        for statement in (
            {"Sid": "ListLogFiles", "Effect": "Allow", "Action": on_bucket, "Resource": arns},
            {"Sid": "ReadLogFiles", "Effect": "Allow", "Action": on_object, "Resource": [f"{arn}/*" for arn in arns]},
        )
        if statement["Action"]
    ]


def _decrypt(sid: str, service: str, keys: Sequence[Arn]) -> Statement:
    """Return the statement that lets one service, and nobody else, decrypt for us: it calls KMS in its own Region.

    Sources: Amazon S3 User Guide, "Using server-side encryption with AWS KMS keys"; Amazon SQS Developer Guide, "Key
    management"; KMS Developer Guide, "kms:ViaService". Written from these pages: it was never tried against a real AWS
    account.
    """
    through = {f"{service}.{key.region}.amazonaws.com{'.cn' if key.partition == 'aws-cn' else ''}" for key in keys}
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Action": [DECRYPT],
        "Resource": [str(key) for key in keys],
        "Condition": {"StringEquals": {"kms:ViaService": sorted(through)}},
    }


def _never_media() -> Statement:
    return {"Sid": "NeverMedia", "Effect": "Deny", "Action": list(NEVER), "Resource": "*"}
