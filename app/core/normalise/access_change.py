"""What a call that changes who may reach video is about: the roles, users, groups, policies and accounts that it names.

Source: the API references of IAM, Organizations, IoT, Cognito identity pools and IAM Identity Center (parameters), and
IAM User Guide, "Logging IAM and AWS STS API calls with AWS CloudTrail" (their first letter is small). Keys are read in
any case. No record of IoT, Cognito or Identity Center is public: theirs follow the same rule.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from app.core.arn import parsed
from app.core.model.event import Actor, ActorKind
from app.core.model.principal import Principal
from app.core.trailfile.shape import text

MOST_TARGETS, LONGEST_TARGET = 20, 500
"""A call names a few; what is longer than an ARN can be is no name of AWS's."""

_NAMES: Mapping[str, str] = {
    "rolename": "role",
    "username": "user",
    "newusername": "user",
    "groupname": "group",
    "newgroupname": "group",
    "policyname": "policy",
    "policyid": "policy",
    "instanceprofilename": "instance-profile",
    "rolealias": "role-alias",
    "thingname": "thing",
    "certificateid": "certificate",
    "identitypoolid": "identity-pool",
    "accountid": "account",
    "targetid": "target",
    "principalid": "principal",
}
_ARNS = frozenset(
    {"policyarn", "permissionsboundary", "rolearn", "samlproviderarn", "openidconnectproviderarn"}
    | {"permissionsetarn", "managedpolicyarn", "target", "principal"}
)
_NESTED = frozenset({"roles", "rolemappings", "rulesconfiguration", "rules"})
"""SetIdentityPoolRoles names roles by kind of guest, and by provider in rules."""
_DEEPEST = 6
_OF_ONESELF = frozenset(
    {"CreateAccessKey", "UpdateAccessKey", "DeleteAccessKey"}
    | {"UploadSigningCertificate", "UpdateSigningCertificate", "DeleteSigningCertificate"}
)
"""Without a user name they are about whoever signs (IAM API Reference, CreateAccessKey: UserName)."""


def targets_of(action: str, request: Mapping[str, Any], response: Mapping[str, Any], actor: Actor) -> tuple[str, ...]:
    """Return what the call is about, folded to small letters: `role/name`, `user/name`, the ARN of a policy.

    IAM does not tell names apart by case ("IAM and AWS STS quotas": names are unique, whatever their case), so that a
    folded one finds a principal however the caller spelled it. Roles, users and groups go without their paths, which
    most calls do not give.
    """
    found = dict.fromkeys(_named(request, 0))
    created = response.get("policy")
    if isinstance(created, dict):
        found |= dict.fromkeys(_named({"policyarn": created.get("arn")}, 0))
    if action in _OF_ONESELF and actor.kind is ActorKind.USER and not any(one.startswith("user/") for one in found):
        found[folded(actor.principal)] = None
    return tuple(one for one in found if len(one) <= LONGEST_TARGET)[:MOST_TARGETS]


def folded(arn: str) -> str:
    """Return an ARN as targets name it: of a role, user or group its kind and name alone."""
    found = parsed(arn)
    if found is not None and found.service == "iam":
        kind, _, path = found.resource.partition("/")
        if kind in {"role", "user", "group"}:
            return f"{kind}/{path.rpartition('/')[2]}".lower()
    return arn.lower()


def carried(principal: Principal) -> tuple[str, ...]:
    """Return what changes a principal's permissions without naming it: its policies, its boundary and its groups."""
    policies = (*principal.attached, *filter(None, [principal.boundary]))
    return (*(folded(arn) for arn in policies), *(f"group/{name}".lower() for name in principal.groups))


def _named(values: Mapping[str, Any], depth: int) -> Iterator[str]:
    for key, value in values.items():
        name = key.lower()
        if isinstance(value, dict | list):
            if depth == 0 and name not in _NESTED:
                continue
            yield from _within(value, depth + 1)
        elif (said := text(value)) is not None:
            if name in _ARNS or (depth and said.startswith("arn:")):
                yield folded(said)
            elif name in _NAMES:
                yield f"{_NAMES[name]}/{said}".lower()


def _within(value: Any, depth: int) -> Iterator[str]:
    if depth > _DEEPEST:
        return
    if isinstance(value, dict):
        yield from _named(value, depth)
    elif isinstance(value, list):
        for item in value[:MOST_TARGETS]:
            yield from _within(item, depth)
