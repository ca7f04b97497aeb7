"""May the caller do that? Trust policies for sts:AssumeRole, identity policies for every call when asked for."""

import json
import re
from collections.abc import Callable

from app.demo.gate.call import Call
from app.demo.gate.callers import Caller, iam, identity_documents
from app.demo.gate.errors import AwsError
from app.demo.gate.policies import allows, trusts
from app.demo.gate.world import World

_ROLE_ARN = re.compile(r"arn:aws:iam::(\d{12}):role/(?:.*/)?([^/]+)")
_ACTIONS = {
    ("s3", "ListBuckets"): "ListAllMyBuckets",
    ("s3", "ListObjects"): "ListBucket",
    ("s3", "ListObjectsV2"): "ListBucket",
    ("s3", "HeadBucket"): "ListBucket",
    ("s3", "HeadObject"): "GetObject",
    ("s3", "GetBucketEncryption"): "GetEncryptionConfiguration",
    ("s3", "GetPublicAccessBlock"): "GetBucketPublicAccessBlock",
    ("sqs", "DeleteMessageBatch"): "DeleteMessage",
}
_PREFIXES = {"accessanalyzer": "access-analyzer"}
_FREE = {"sts:GetCallerIdentity"}
"""Allowed to everybody (STS API reference, GetCallerIdentity)."""


def check_assume_role(world: World, call: Call, caller: Caller) -> None:
    """Refuse an AssumeRole that the role's trust policy or the caller's own policies do not allow.

    Raises:
        AwsError: AccessDenied; a role that is not there is refused in the same words, as AWS does.
    """
    arn = call.params.get("RoleArn", "")
    match = _ROLE_ARN.fullmatch(arn)
    role = None if match is None else next((r for r in list(iam(match[1]).roles.values()) if r.arn == arn), None)
    context = {"aws:principalaccount": caller.account, "aws:principalarn": caller.arn}
    if any(account.id == caller.account for account in world.estate.members):
        context["aws:principalorgid"] = world.estate.organization_id
    if "ExternalId" in call.params:
        context["sts:externalid"] = call.params["ExternalId"]
    allowed = role is not None and trusts(
        json.loads(role.assume_role_policy_document), caller.arn, caller.account, "sts:AssumeRole", context
    )
    is_cross_account = match is not None and match[1] != caller.account
    if is_cross_account or world.authorizing:
        allowed = allowed and allows(identity_documents(caller), "sts:AssumeRole", arn, context)
    if not allowed:
        message = f"User: {caller.arn} is not authorized to perform: sts:AssumeRole on resource: {arn}"
        raise AwsError("AccessDenied", message, 403)


def check_identity_policies(world: World, call: Call, caller: Caller) -> None:
    """Refuse a call that the caller's identity policies do not allow.

    Raises:
        AwsError: with the code and status of the service's protocol.
    """
    action = action_of(call)
    if action in _FREE or action == "sts:AssumeRole":
        return
    resource = _resource(world, call)
    context = {
        "aws:requestedregion": call.region,
        "aws:principalaccount": caller.account,
        "aws:principalarn": caller.arn,
        "aws:principalorgid": world.estate.organization_id,
        "aws:securetransport": "true",
    }
    if "prefix" in call.params and call.service == "s3":
        context["s3:prefix"] = call.params["prefix"]
    if not allows(identity_documents(caller), action, resource, context):
        raise denied(call, caller, action, resource)


def action_of(call: Call) -> str:
    """Return the IAM action that a call needs: its own name, some exceptions aside."""
    operation = _ACTIONS.get((call.service, call.operation), call.operation)
    return f"{_PREFIXES.get(call.service, call.service)}:{operation}"


def denied(call: Call, caller: Caller, action: str, resource: str) -> AwsError:
    """Return AWS's refusal of `call`, as its service words it."""
    message = (
        f"User: {caller.arn} is not authorized to perform: {action} on resource: {resource} "
        f"because no identity-based policy allows the {action} action"
    )
    match call.protocol:
        case "rest-xml":
            return AwsError("AccessDenied", "Access Denied", 403)
        case "query":
            return AwsError("AuthorizationError" if call.service == "sns" else "AccessDenied", message, 403)
        case "ec2":
            return AwsError("UnauthorizedOperation", "You are not authorized to perform this operation.", 403)
        case "json":
            return AwsError("AccessDeniedException", message, 400)
        case _:
            return AwsError("AccessDeniedException", message, 403)


def _resource(world: World, call: Call) -> str:
    """Return the ARN that the call is about where it is easily known, else "*" (which only "*" matches)."""
    finder = _RESOURCES.get(call.service)
    return "*" if finder is None else finder(world, call)


def _s3(_world: World, call: Call) -> str:
    path = str(call.environ.get("PATH_INFO", "/")).lstrip("/").rstrip("/")
    return f"arn:aws:s3:::{path}" if path else "*"


def _kinesisvideo(_world: World, call: Call) -> str:
    for name in ("StreamARN", "ChannelARN", "ResourceARN"):
        if call.params.get(name):
            return str(call.params[name])
    for name, kind in (("StreamName", "stream"), ("ChannelName", "channel")):
        if call.params.get(name):
            return f"arn:aws:kinesisvideo:{call.region}:{call.account}:{kind}/{call.params[name]}/*"
    return "*"


def _iam(_world: World, call: Call) -> str:
    for name, kind in (("UserName", "user"), ("RoleName", "role"), ("GroupName", "group")):
        if call.params.get(name):
            return f"arn:aws:iam::{call.account}:{kind}/{call.params[name]}"
    return str(call.params.get("PolicyArn", "*"))


def _cloudtrail(_world: World, call: Call) -> str:
    name = str(call.params.get("Name") or call.params.get("TrailName") or "*")
    if name == "*" or name.startswith("arn:"):
        return name
    return f"arn:aws:cloudtrail:{call.region}:{call.account}:trail/{name}"


def _kms(_world: World, call: Call) -> str:
    key = str(call.params.get("KeyId", "*"))
    return key if key == "*" or key.startswith("arn:") else f"arn:aws:kms:{call.region}:{call.account}:key/{key}"


def _sqs(_world: World, call: Call) -> str:
    parts = str(call.params.get("QueueUrl", "")).split("/")
    return f"arn:aws:sqs:{call.region}:{parts[-2]}:{parts[-1]}" if len(parts) > 1 else "*"


def _logs(_world: World, call: Call) -> str:
    return f"arn:aws:logs:{call.region}:{call.account}:log-group:{call.params.get('logGroupName', '*')}:*"


_RESOURCES: dict[str, Callable[[World, Call], str]] = {
    "s3": _s3,
    "kinesisvideo": _kinesisvideo,
    "iam": _iam,
    "cloudtrail": _cloudtrail,
    "kms": _kms,
    "sqs": _sqs,
    "logs": _logs,
}
