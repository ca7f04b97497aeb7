"""kvswatch's own roles, and who may assume them. Their policies may come from outside: the product's own."""

from app.demo.documents import Document, allow, deny, policy, trust_external
from app.demo.identifiers import access_key
from app.demo.nouns import Cast, Key, Role, User

MEMBER, MANAGEMENT, LOG_ARCHIVE = "kvswatch-member", "kvswatch-management", "kvswatch-log-archive"


def scanner_role(name: str, document: Document, poller_arn: str, external_id: str) -> Role:
    """Return one of the scanner's roles."""
    return Role(
        name,
        trust_external(poller_arn, external_id),
        inline={"kvswatch": document},
        tags={"owner": "security-tooling"},
        age_days=120,
    )


def poller(account: str, name: str) -> Cast:
    """Return the identity that kvswatch runs with; all that it may do is assume the scanner's roles."""
    assume = policy(allow("sts:AssumeRole", on="arn:aws:iam::*:role/kvswatch-*"))
    key = Key(access_key("AKIA", account, name), age_days=30, last_used_days=0, last_used_service="sts")
    return Cast(users=(User(name, inline={"assume": assume}, keys=(key,), age_days=120),))


def default_policies(bucket: str) -> dict[str, Document]:
    """Return policies to use when none are given: enough for every collector, and no way to media."""
    member = (
        allow(
            "kinesisvideo:ListStreams",
            "kinesisvideo:ListTagsForStream",
            "kinesisvideo:ListSignalingChannels",
            "kinesisvideo:ListTagsForResource",
            "kinesisvideo:DescribeImageGenerationConfiguration",
            "kinesisvideo:DescribeNotificationConfiguration",
            "kinesisvideo:DescribeMediaStorageConfiguration",
            "kinesisvideo:DescribeEdgeConfiguration",
            sid="KvsInventory",
        ),
        allow(
            "iam:GetAccountAuthorizationDetails",
            "iam:GenerateCredentialReport",
            "iam:GetCredentialReport",
            "iam:ListAccessKeys",
            "iam:GetAccessKeyLastUsed",
            "iam:ListAccountAliases",
            "iam:GetRole",
            "iam:GetUser",
            "iam:GetPolicy",
            "iam:GetPolicyVersion",
            sid="Iam",
        ),
        allow(
            "cloudtrail:DescribeTrails",
            "cloudtrail:ListTrails",
            "cloudtrail:GetTrail",
            "cloudtrail:GetTrailStatus",
            "cloudtrail:GetEventSelectors",
            "cloudtrail:LookupEvents",
            "cloudtrail:ListPublicKeys",
            sid="Trails",
        ),
        allow(
            "kms:DescribeKey",
            "cloudwatch:GetMetricData",
            "cloudwatch:ListMetrics",
            "ec2:DescribeRegions",
            sid="Context",
        ),
        allow(
            "iot:ListRoleAliases",
            "iot:DescribeRoleAlias",
            "cognito-identity:ListIdentityPools",
            "cognito-identity:DescribeIdentityPool",
            "cognito-identity:GetIdentityPoolRoles",
            sid="Devices",
        ),
        deny(
            "kinesisvideo:GetMedia*",
            "kinesisvideo:GetClip",
            "kinesisvideo:GetImages",
            "kinesisvideo:Get*StreamingSessionURL",
            "kinesisvideo:ConnectAs*",
            "kinesisvideo:JoinStorageSession*",
            "kinesisvideo:PutMedia",
            "kinesisvideo:GetDataEndpoint",
            sid="NeverMedia",
        ),
    )
    organization = allow("organizations:Describe*", "organizations:List*", sid="Organization")
    listing = allow("s3:ListBucket", "s3:GetBucketLocation", on=f"arn:aws:s3:::{bucket}", sid="ListLogs")
    reading = allow("s3:GetObject", on=f"arn:aws:s3:::{bucket}/*", sid="ReadLogs")
    return {
        MEMBER: policy(*member),
        MANAGEMENT: policy(*member, organization),
        LOG_ARCHIVE: policy(*member, listing, reading),
    }
