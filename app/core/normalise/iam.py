"""IAM's answers → principals and policies.

Source: IAM API Reference (GetAccountAuthorizationDetails, GetPolicyVersion, ListAccessKeys, GetAccessKeyLastUsed);
IAM User Guide, "Generate credential reports for your AWS account".
"""

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from app.core.model.policy import PolicyDocument, PolicyKind
from app.core.model.principal import AccessKey, Credentials, Iam, Principal, PrincipalKind
from app.core.parts import AccessKeys, CredentialReport, ManagedPolicies

_Raw = Mapping[str, Any]
_NEVER_USED = "N/A"
_ROOT_ROW = "<root_account>"


def iam(raw: _Raw, _region: str = "") -> Iam:
    """Return the account's principals and managed policies, in order of ARN.

    `raw`: the four lists of GetAccountAuthorizationDetails over all pages, documents URL-encoded or plain.
    """
    principals = [
        *(_role(role) for role in raw.get("RoleDetailList", ())),
        *(_user(user) for user in raw.get("UserDetailList", ())),
        *(_group(group) for group in raw.get("GroupDetailList", ())),
    ]
    policies = [_listed(policy) for policy in raw.get("Policies", ())]
    return Iam(
        tuple(sorted(principals, key=lambda principal: principal.arn)),
        tuple(sorted(policies, key=lambda policy: policy.arn or "")),
    )


def unlisted_policies(raw: _Raw) -> tuple[str, ...]:
    """Return the ARNs of managed policies and boundaries that someone carries and the listing does not hold."""
    found = iam(raw)
    carried = {arn for principal in found.principals for arn in (*principal.attached, principal.boundary) if arn}
    return tuple(sorted(carried - {policy.arn for policy in found.policies}))


def managed_policies(raw: Iterable[_Raw], _region: str = "") -> ManagedPolicies:
    """Return policies read one by one. `raw`: {"Policy": …, "PolicyVersion": …} of each."""
    policies = (_managed(one["Policy"], one["PolicyVersion"]) for one in raw)
    return ManagedPolicies(tuple(sorted(policies, key=lambda policy: policy.arn or "")))


def access_keys(raw: Iterable[_Raw], _region: str = "") -> AccessKeys:
    """Return the keys of each user, oldest first. `raw`: {"UserArn", "Keys"}, each key with its AccessKeyLastUsed."""
    users = ((user["UserArn"], tuple(sorted((_key(k) for k in user["Keys"]), key=_by_age))) for user in raw)
    return AccessKeys(tuple(sorted(users)))


def credential_report(raw: bytes, _region: str = "") -> CredentialReport:
    """Return the report's rows by ARN, read by column name: AWS has added columns before.

    Third and later keys of a user are not in the report; `active_keys` counts those that are.
    """
    rows = csv.DictReader(io.StringIO(raw.decode("utf-8", "replace")))
    return CredentialReport(tuple(sorted(((row["arn"], _credentials(row)) for row in rows), key=lambda pair: pair[0])))


def text_of(document: str) -> str:
    """Return a policy document's own text.

    IAM URL-encodes documents (RFC 3986); a document that begins with a brace is not encoded.
    """
    return document if document.lstrip().startswith("{") else unquote(document)


def _role(raw: _Raw) -> Principal:
    used = raw.get("RoleLastUsed", {})
    trust = raw.get("AssumeRolePolicyDocument")
    return Principal(
        **_common(raw, PrincipalKind.ROLE, "Role"),
        inline=_inline(raw.get("RolePolicyList", ())),
        boundary=_boundary(raw),
        trust=None if trust is None else PolicyDocument(PolicyKind.TRUST, raw["RoleName"], text_of(trust)),
        last_used_at=used.get("LastUsedDate"),
        last_used_region=used.get("Region"),
    )


def _user(raw: _Raw) -> Principal:
    return Principal(
        **_common(raw, PrincipalKind.USER, "User"),
        inline=_inline(raw.get("UserPolicyList", ())),
        boundary=_boundary(raw),
        groups=tuple(sorted(raw.get("GroupList", ()))),
    )


def _group(raw: _Raw) -> Principal:
    return Principal(**_common(raw, PrincipalKind.GROUP, "Group"), inline=_inline(raw.get("GroupPolicyList", ())))


def _common(raw: _Raw, kind: PrincipalKind, word: str) -> dict[str, Any]:
    return {
        "arn": raw["Arn"],
        "kind": kind,
        "name": raw[f"{word}Name"],
        "path": raw.get("Path", "/"),
        "unique_id": raw[f"{word}Id"],
        "created_at": raw.get("CreateDate"),
        "tags": tuple(sorted((tag["Key"], tag["Value"]) for tag in raw.get("Tags", ()))),
        "attached": tuple(sorted(policy["PolicyArn"] for policy in raw.get("AttachedManagedPolicies", ()))),
    }


def _inline(raw: Iterable[_Raw]) -> tuple[PolicyDocument, ...]:
    documents = (PolicyDocument(PolicyKind.INLINE, one["PolicyName"], text_of(one["PolicyDocument"])) for one in raw)
    return tuple(sorted(documents, key=lambda policy: policy.name))


def _boundary(raw: _Raw) -> str | None:
    arn: str | None = raw.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
    return arn


def _listed(raw: _Raw) -> PolicyDocument:
    version = next(version for version in raw["PolicyVersionList"] if version["IsDefaultVersion"])
    return _managed(raw, version)


def _managed(policy: _Raw, version: _Raw) -> PolicyDocument:
    name = policy.get("PolicyName") or policy["Arn"].rsplit("/", 1)[-1]
    return PolicyDocument(
        PolicyKind.MANAGED,
        name,
        text_of(version["Document"]),
        arn=policy["Arn"],
        version_id=version["VersionId"],
        created_at=version.get("CreateDate"),
    )


def _key(raw: _Raw) -> AccessKey:
    used = raw["AccessKeyLastUsed"]
    return AccessKey(
        id=raw["AccessKeyId"],
        is_active=raw["Status"] == "Active",
        created_at=raw["CreateDate"],
        last_used_at=used.get("LastUsedDate"),
        last_used_service=_named(used.get("ServiceName")),
        last_used_region=_named(used.get("Region")),
    )


def _named(text: str | None) -> str | None:
    return None if text == _NEVER_USED else text


def _by_age(key: AccessKey) -> tuple[datetime, str]:
    return key.created_at, key.id


def _credentials(row: Mapping[str, str]) -> Credentials:
    keys = [_truth(row.get(f"access_key_{n}_active")) for n in (1, 2)]
    return Credentials(
        # The root user always has a password; its row says "not_supported".
        has_password=True if row["user"] == _ROOT_ROW else _truth(row.get("password_enabled")),
        has_mfa=_truth(row.get("mfa_active")),
        password_last_used_at=_time(row.get("password_last_used")),
        active_keys=None if None in keys else sum(key is True for key in keys),
    )


def _truth(text: str | None) -> bool | None:
    return {"true": True, "false": False}.get((text or "").lower())


def _time(text: str | None) -> datetime | None:
    """Return a time of the report; None for "N/A", "no_information" and "not_supported"."""
    try:
        return datetime.fromisoformat(text or "")
    except ValueError:
        return None
