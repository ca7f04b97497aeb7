"""IAM: authorization details as AWS gives them, users with tags and boundaries, a credential report with the root row.

moto leaves out policy names, ids and paging, a user's tags and boundary, and the root user's row.
"""

import urllib.parse
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from app.demo.gate.answers import PASS, Answers, Result
from app.demo.gate.answers._paging import page
from app.demo.gate.call import Call, several
from app.demo.gate.callers import iam
from app.demo.gate.errors import AwsError
from app.demo.gate.world import World

_PAGE = 100
_REPORT_COLUMNS = (
    "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,"
    "mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,"
    "access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,"
    "access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active,"
    "cert_2_last_rotated"
)
_NO_KEY = ("false", "N/A", "N/A", "N/A", "N/A")
_NO_CERTIFICATES = ("false", "N/A", "false", "N/A")


def authorization_details(world: World, call: Call) -> dict[str, Any]:
    """GetAccountAuthorizationDetails, in pages over all four lists as one."""
    wanted = set(several(call.params, "Filter"))
    account = call.account
    entries = [
        (name, entity)
        for name, filters, entities in (
            ("UserDetailList", {"User"}, _users(world, account)),
            ("GroupDetailList", {"Group"}, map(_group, iam(account).groups.values())),
            ("RoleDetailList", {"Role"}, map(_role, list(iam(account).roles.values()))),
            ("Policies", {"LocalManagedPolicy", "AWSManagedPolicy"}, _policies(world, account, wanted)),
        )
        if not wanted or wanted & filters
        for entity in entities
    ]
    part, marker = page(entries, call.params.get("Marker"), call.params.get("MaxItems"), _PAGE)
    lists: dict[str, Any] = {
        name: [entity for owner, entity in part if owner == name]
        for name in ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")
    }
    return {**lists, "IsTruncated": marker is not None, "Marker": marker}


def get_user(world: World, call: Call) -> Result:
    """GetUser, with the tags and the boundary that moto leaves out."""
    name = call.params.get("UserName")
    user = iam(call.account).users.get(name) if name else None
    if user is None:
        return PASS
    detail = _user(world, call.account, user)
    kept = ("UserName", "UserId", "Arn", "Path", "CreateDate", "Tags", "PermissionsBoundary")
    return {"User": {key: detail[key] for key in kept}}


def put_user_permissions_boundary(world: World, call: Call) -> None:
    """PutUserPermissionsBoundary."""
    iam(call.account).get_user(call.params["UserName"])
    world.items[call.account, "", "user boundary"][call.params["UserName"]] = call.params["PermissionsBoundary"]


def get_policy(world: World, call: Call) -> dict[str, Any]:
    """GetPolicy.

    Raises:
        AwsError: NoSuchEntity.
    """
    arn = call.params.get("PolicyArn", "")
    policy = iam(call.account).managed_policies.get(arn)
    if policy is None:
        raise AwsError("NoSuchEntity", f"Policy {arn} was not found.", 404)
    detail = _policy(policy, _boundary_uses(world, call.account))
    return {"Policy": {key: value for key, value in detail.items() if key != "PolicyVersionList"}}


def credential_report(world: World, call: Call) -> Result:
    """GetCredentialReport, once one was generated; the root user's row comes first."""
    backend = iam(call.account)
    if not backend.credential_report:
        return PASS
    rows = [_root_row(world, call.account), *(_report_row(user) for user in backend.users.values())]
    text = "\n".join([_REPORT_COLUMNS, *(",".join(row) for row in rows)])
    return {"Content": text.encode(), "ReportFormat": "text/csv", "GeneratedTime": world.clock()}


def _users(world: World, account: str) -> Iterable[dict[str, Any]]:
    for user in iam(account).users.values():
        yield _user(world, account, user)


def _user(world: World, account: str, user: Any) -> dict[str, Any]:
    return {
        "Path": user.path,
        "UserName": user.name,
        "UserId": user.id,
        "Arn": user.arn,
        "CreateDate": user.create_date,
        "UserPolicyList": _inline(user),
        "GroupList": user.group_list,
        "AttachedManagedPolicies": user.attached_managed_policies,
        "PermissionsBoundary": _boundary(world.items[account, "", "user boundary"].get(user.name)),
        "Tags": user.tags or [],
    }


def _group(group: Any) -> dict[str, Any]:
    return {
        "Path": group.path,
        "GroupName": group.name,
        "GroupId": group.id,
        "Arn": group.arn,
        "CreateDate": group.create_date,
        "GroupPolicyList": _inline(group),
        "AttachedManagedPolicies": group.attached_managed_policies,
    }


def _role(role: Any) -> dict[str, Any]:
    return {
        "Path": role.path,
        "RoleName": role.name,
        "RoleId": role.id,
        "Arn": role.arn,
        "CreateDate": role.create_date,
        "AssumeRolePolicyDocument": urllib.parse.quote(role.assume_role_policy_document, safe=""),
        "InstanceProfileList": [],
        "RolePolicyList": _inline(role),
        "AttachedManagedPolicies": role.attached_managed_policies,
        "PermissionsBoundary": _boundary(role.permissions_boundary_arn),
        "Tags": _role_tags(role),
        "RoleLastUsed": {"LastUsedDate": role.last_used, "Region": role.last_used_region} if role.last_used else {},
    }


def _role_tags(role: Any) -> list[dict[str, str]]:
    return list(role.tags.values()) if isinstance(role.tags, dict) else list(role.tags or [])


def _policies(world: World, account: str, wanted: set[str]) -> Iterable[dict[str, Any]]:
    """Yield managed policies; of AWS's own only those that something uses, as AWS does."""
    uses = _boundary_uses(world, account)
    for policy in iam(account).managed_policies.values():
        is_aws = policy.arn.startswith("arn:aws:iam::aws:")
        if wanted and ("AWSManagedPolicy" if is_aws else "LocalManagedPolicy") not in wanted:
            continue
        if not is_aws or policy.attachment_count or uses.get(policy.arn):
            yield _policy(policy, uses)


def _policy(policy: Any, boundary_uses: dict[str, int]) -> dict[str, Any]:
    return {
        "PolicyName": policy.name,
        "PolicyId": policy.id,
        "Arn": policy.arn,
        "Path": policy.path,
        "DefaultVersionId": policy.default_version_id,
        "AttachmentCount": policy.attachment_count,
        "PermissionsBoundaryUsageCount": boundary_uses.get(policy.arn, 0),
        "IsAttachable": True,
        "CreateDate": policy.create_date,
        "UpdateDate": policy.update_date,
        "PolicyVersionList": [
            {
                "Document": urllib.parse.quote(version.document, safe=""),
                "VersionId": version.version_id,
                "IsDefaultVersion": version.version_id == policy.default_version_id,
                "CreateDate": version.create_date,
            }
            for version in policy.versions
        ],
    }


def _inline(holder: Any) -> list[dict[str, str]]:
    return [
        {"PolicyName": name, "PolicyDocument": urllib.parse.quote(text, safe="")}
        for name, text in holder.policies.items()
    ]


def _boundary(arn: str | None) -> dict[str, str] | None:
    return None if arn is None else {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn}


def _boundary_uses(world: World, account: str) -> dict[str, int]:
    arns = [role.permissions_boundary_arn for role in list(iam(account).roles.values())]
    arns.extend(world.items[account, "", "user boundary"].values())
    return {arn: arns.count(arn) for arn in set(arns) if arn is not None}


def _root_row(world: World, account: str) -> tuple[str, ...]:
    root = world.items[account, "", "root"]
    created = "2021-02-03T09:12:44+00:00"
    key = ("true", created, "N/A", "N/A", "N/A") if root.get("key") else _NO_KEY
    head = ("<root_account>", f"arn:aws:iam::{account}:root", created, "not_supported", "no_information")
    mfa = "true" if root.get("mfa", True) else "false"
    return (*head, "not_supported", "not_supported", mfa, *key, *_NO_KEY, *_NO_CERTIFICATES)


def _report_row(user: Any) -> tuple[str, ...]:
    password = (
        ("true", "no_information", _iso(user.create_date), "N/A") if user.password else ("false", "N/A", "N/A", "N/A")
    )
    keys = [_key_cells(key) for key in user.access_keys[:2]]
    first, second = (*keys, _NO_KEY, _NO_KEY)[:2]
    mfa = "true" if user.mfa_devices else "false"
    return (user.name, user.arn, _iso(user.create_date), *password, mfa, *first, *second, *_NO_CERTIFICATES)


def _key_cells(key: Any) -> tuple[str, ...]:
    used = ("N/A", "N/A", "N/A")
    if key.last_used is not None:
        used = (_iso(key.last_used.timestamp), key.last_used.region, key.last_used.service)
    return ("true" if key.status == "Active" else "false", _iso(key.create_date), *used)


def _iso(moment: datetime) -> str:
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.strftime("%Y-%m-%dT%H:%M:%S+00:00")


ANSWERS = Answers(
    "iam",
    {
        "GetAccountAuthorizationDetails": authorization_details,
        "GetUser": get_user,
        "PutUserPermissionsBoundary": put_user_permissions_boundary,
        "GetPolicy": get_policy,
        "GetCredentialReport": credential_report,
    },
)
