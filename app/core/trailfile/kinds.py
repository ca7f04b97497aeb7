"""The kinds of record that are kept; everything else in a log file is skipped and counted."""

from collections.abc import Mapping
from enum import StrEnum


class Kind(StrEnum):
    """Why a record is kept."""

    KVS = "kvs"
    """A Kinesis Video Streams call."""
    SESSION = "session"
    """An AssumeRole* call: it issued the temporary key of a role session."""
    TRAIL = "trail"
    """A call that changes what CloudTrail logs."""
    ACCESS = "access"
    """A call that changes who may reach video: policies, trust, keys, membership, role aliases, identity pools."""


ALL_KINDS: frozenset[Kind] = frozenset(Kind)

KVS_SOURCE_PREFIX = "kinesisvideo"
"""Of eventSource. AWS shows the source of media calls nowhere: the prefix or the resource type decides."""
KVS_RESOURCE_PREFIX = "AWS::KinesisVideo::"
SESSION_SOURCE = "sts.amazonaws.com"
SESSION_NAME_PREFIX = "AssumeRole"
USER_SESSION_NAME = "GetSessionToken"
"""Of the same source. It is of no kept kind: only which key it gave out is looked at, to check an assumption."""
TRAIL_SOURCE = "cloudtrail.amazonaws.com"
TRAIL_NAMES: frozenset[str] = frozenset(
    {"CreateTrail", "DeleteTrail", "PutEventSelectors", "StartLogging", "StopLogging", "UpdateTrail"}
)
"""Not PutInsightSelectors: Insights are made of what is logged, and change nothing of which calls are."""

ACCESS_NAMES: Mapping[str, frozenset[str]] = {
    "iam.amazonaws.com": frozenset(
        # What an identity may do: managed policies, their versions, inline policies, attachments, boundaries.
        {"CreatePolicy", "CreatePolicyVersion", "DeletePolicy", "DeletePolicyVersion", "SetDefaultPolicyVersion"}
        | {
            f"{verb}{whom}Policy"
            for verb in ("Put", "Delete", "Attach", "Detach")
            for whom in ("User", "Role", "Group")
        }
        | {f"{verb}{whom}PermissionsBoundary" for verb in ("Put", "Delete") for whom in ("User", "Role")}
        # Tags of principals decide where a policy asks for aws:PrincipalTag.
        | {"TagRole", "UntagRole", "TagUser", "UntagUser"}
        # Who may become a role.
        | {"CreateRole", "DeleteRole", "UpdateAssumeRolePolicy"}
        | {"AddRoleToInstanceProfile", "RemoveRoleFromInstanceProfile"}
        | {f"{verb}{kind}" for verb in ("Create", "Update", "Delete") for kind in ("SAMLProvider", "LoginProfile")}
        | {"CreateOpenIDConnectProvider", "DeleteOpenIDConnectProvider", "UpdateOpenIDConnectProviderThumbprint"}
        | {"AddClientIDToOpenIDConnectProvider", "RemoveClientIDFromOpenIDConnectProvider"}
        # Users, what they sign with, and where they belong. A new name is a new ARN.
        | {"CreateUser", "DeleteUser", "UpdateUser", "UpdateGroup", "DeleteGroup"}
        | {"AddUserToGroup", "RemoveUserFromGroup", "EnableMFADevice", "DeactivateMFADevice"}
        | {"CreateAccessKey", "UpdateAccessKey", "DeleteAccessKey"}
        | {f"{verb}SigningCertificate" for verb in ("Upload", "Update", "Delete")}
    ),
    "organizations.amazonaws.com": frozenset(
        {"CreatePolicy", "UpdatePolicy", "DeletePolicy", "AttachPolicy", "DetachPolicy"}
        | {"EnablePolicyType", "DisablePolicyType", "EnableAllFeatures", "DeleteOrganization"}
        # Which policies an account is under, and whether it counts for aws:PrincipalOrgID.
        | {"MoveAccount", "AcceptHandshake", "LeaveOrganization", "RemoveAccountFromOrganization"}
        | {"CreateAccount", "CreateGovCloudAccount", "CloseAccount", "InviteAccountToOrganization"}
    ),
    "iot.amazonaws.com": frozenset(
        {"CreateRoleAlias", "UpdateRoleAlias", "DeleteRoleAlias"}
        # Which certificate may take a role alias's credentials, and for which thing. Nobody could check whether AWS
        # leaves the new key out of the record of CreateKeysAndCertificate: its model calls that field sensitive.
        | {"CreateKeysAndCertificate", "CreateCertificateFromCsr", "RegisterCertificate"}
        | {"RegisterCertificateWithoutCA", "UpdateCertificate", "DeleteCertificate"}
        | {"CreatePolicy", "CreatePolicyVersion", "DeletePolicy", "DeletePolicyVersion", "SetDefaultPolicyVersion"}
        | {"AttachPolicy", "DetachPolicy", "AttachPrincipalPolicy", "DetachPrincipalPolicy"}
        | {"AttachThingPrincipal", "DetachThingPrincipal"}
    ),
    "cognito-identity.amazonaws.com": frozenset(
        {"CreateIdentityPool", "UpdateIdentityPool", "DeleteIdentityPool", "SetIdentityPoolRoles"}
        | {"SetPrincipalTagAttributeMap"}
    ),
    "sso.amazonaws.com": frozenset(
        {"CreateAccountAssignment", "DeleteAccountAssignment", "ProvisionPermissionSet"}
        | {"CreatePermissionSet", "UpdatePermissionSet", "DeletePermissionSet"}
        | {"PutInlinePolicyToPermissionSet", "DeleteInlinePolicyFromPermissionSet"}
        | {"AttachManagedPolicyToPermissionSet", "DetachManagedPolicyFromPermissionSet"}
        | {
            "AttachCustomerManagedPolicyReferenceToPermissionSet",
            "DetachCustomerManagedPolicyReferenceFromPermissionSet",
        }
        | {"PutPermissionsBoundaryToPermissionSet", "DeletePermissionsBoundaryFromPermissionSet"}
    ),
}
"""By eventSource, the calls that can change who may reach video. Names are those of the services' API references.

All of them are kept, whatever their documents say: a policy that grants "*" names no service, and which change
mattered is only known beside what was granted then. They are rare.
"""


def kind_of(source: str | None, name: str | None, resource_types: tuple[str | None, ...]) -> Kind | None:
    """Return why a record with these top-level fields is kept, or None when it is not.

    `source` may have white space around it: three of five examples in the KVS guide have
    (KVS Developer Guide, "Log API calls with AWS CloudTrail").
    """
    if source is not None and source.strip().startswith(KVS_SOURCE_PREFIX):
        return Kind.KVS
    if name is not None and source == SESSION_SOURCE and name.startswith(SESSION_NAME_PREFIX):
        return Kind.SESSION
    if source == TRAIL_SOURCE and name in TRAIL_NAMES:
        return Kind.TRAIL
    if source is not None and name in ACCESS_NAMES.get(source, ()):
        return Kind.ACCESS
    if any(kind is not None and kind.startswith(KVS_RESOURCE_PREFIX) for kind in resource_types):
        return Kind.KVS
    return None
