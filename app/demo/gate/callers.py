"""Who signed a call: a user's long-term key or a session of a role, as moto keeps them."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from moto.iam.models import IAMBackend, iam_backends
from moto.sts.models import sts_backends

from app.demo.gate.call import Call
from app.demo.gate.errors import AwsError

Document = dict[str, Any]
PARTITION = "aws"


@dataclass(frozen=True, slots=True)
class Caller:
    """The principal behind an access key. `arn` is as AWS prints it in refusals; `role_arn` only of sessions."""

    account: str
    arn: str
    user: str | None = None
    role_arn: str | None = None
    session: str | None = None


def caller_of(call: Call, now: datetime) -> Caller:
    """Return who signed `call`.

    Raises:
        AwsError: nobody has this access key, or its session is over.
    """
    key = iam(call.account).access_keys.get(call.access_key)
    if key is None:
        raise _unknown_key(call)
    if key.user_name is not None:
        if key.status != "Active":
            raise _unknown_key(call)
        user = iam(call.account).get_user(key.user_name)
        return Caller(call.account, user.arn, user=user.name)
    session = sts_backends[call.account][PARTITION].get_assumed_role_from_access_key(call.access_key)
    if session is None:
        raise _unknown_key(call)
    if session.expiration.replace(tzinfo=UTC) <= now:
        code = "ExpiredTokenException" if call.protocol == "rest-json" else "ExpiredToken"
        raise AwsError(code, "The security token included in the request is expired", 403)
    return Caller(call.account, session.arn, role_arn=session.role_arn, session=session.session_name)


def identity_documents(caller: Caller) -> list[Document]:
    """Return every identity policy document that applies to `caller`, those of a user's groups included."""
    backend = iam(caller.account)
    holders: list[Any] = []
    if caller.user is not None:
        holders = [backend.get_user(caller.user), *backend.get_groups_for_user(caller.user)]
    elif caller.role_arn is not None:
        holders = [role for role in list(backend.roles.values()) if role.arn == caller.role_arn]
    return [document for holder in holders for document in _documents(holder)]


def iam(account: str) -> IAMBackend:
    """Return moto's IAM of `account`."""
    return iam_backends[account][PARTITION]


def _documents(holder: Any) -> list[Document]:
    inline = [json.loads(text) for text in holder.policies.values()]
    attached = [
        json.loads(version.document)
        for policy in holder.managed_policies.values()
        for version in policy.versions
        if version.version_id == policy.default_version_id
    ]
    return inline + attached


def _unknown_key(call: Call) -> AwsError:
    if call.service == "s3":
        message = "The AWS Access Key Id you provided does not exist in our records."
        return AwsError("InvalidAccessKeyId", message, 403)
    code = "UnrecognizedClientException" if call.protocol in {"json", "rest-json"} else "InvalidClientTokenId"
    return AwsError(code, "The security token included in the request is invalid.", 403)
