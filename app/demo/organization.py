"""The organization's tree and its policies: SCPs and one RCP."""

from app.demo.documents import Document, allow, deny, policy
from app.demo.nouns import OrganizationPolicy

UNITS = {
    "Infrastructure": "Root",
    "Workloads": "Root",
    "Cameras": "Workloads",
    "Clinic": "Workloads",
    "Analytics": "Workloads",
    "Legacy": "Workloads",
    "Sandbox": "Root",
}
_SCP, _RCP = "SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"
_GLOBAL = ("iam:*", "sts:*", "organizations:*", "support:*", "cloudfront:*", "route53:*")


def policies(organization_id: str) -> tuple[OrganizationPolicy, ...]:
    """Return the policies, those that AWS attaches by itself (FullAWSAccess, RCPFullAWSAccess) left out."""
    return (
        OrganizationPolicy(
            "ProtectOrganizationTrail", _SCP, _protect_trail(), ("Workloads", "Sandbox"), "nobody stops it"
        ),
        OrganizationPolicy("OurRegionsOnly", _SCP, _our_regions(), ("Workloads",), "Frankfurt, Ireland, Virginia"),
        OrganizationPolicy(
            "KeepClinicFootage", _SCP, _keep_footage(), ("Clinic",), "retention is a legal matter there"
        ),
        OrganizationPolicy(
            "SandboxHasNoMedia", _SCP, _no_media(), ("dev-sandbox",), "test streams hold no real footage"
        ),
        OrganizationPolicy(
            "ClinicVideoStaysInside", _RCP, _inside_only(organization_id), ("Clinic",), "no outside principal"
        ),
    )


def _protect_trail() -> Document:
    actions = (
        "cloudtrail:StopLogging",
        "cloudtrail:DeleteTrail",
        "cloudtrail:UpdateTrail",
        "cloudtrail:PutEventSelectors",
    )
    return policy(deny(*actions, on="arn:aws:cloudtrail:*:*:trail/halden-org-trail", sid="OrganizationTrail"))


def _our_regions() -> Document:
    statement = {
        "Sid": "OtherRegions",
        "Effect": "Deny",
        "NotAction": list(_GLOBAL),
        "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:RequestedRegion": ["eu-central-1", "eu-west-1", "us-east-1"]}},
    }
    return policy(statement)


def _keep_footage() -> Document:
    allowed = {
        "ArnNotLike": {"aws:PrincipalArn": ["arn:aws:iam::*:role/RetentionJanitor", "arn:aws:iam::*:user/break-glass"]}
    }
    return policy(
        deny("kinesisvideo:DeleteStream", "kinesisvideo:UpdateDataRetention", when=allowed, sid="KeepFootage")
    )


def _no_media() -> Document:
    return policy(deny("kinesisvideo:GetMedia*", "kinesisvideo:GetClip", "kinesisvideo:GetImages"), allow("*"))


def _inside_only(organization_id: str) -> Document:
    statement = {
        "Sid": "OutsidePrincipals",
        "Effect": "Deny",
        "Principal": "*",
        "Action": ["kinesisvideo:*", "sts:AssumeRole"],
        "Resource": "*",
        "Condition": {
            "StringNotEqualsIfExists": {"aws:PrincipalOrgID": organization_id},
            "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
        },
    }
    return policy(statement)
