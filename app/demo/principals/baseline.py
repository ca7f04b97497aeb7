"""What every account of a grown organization has: sign-on roles, service-linked roles, platform roles, a few users."""

from typing import Any

from app.demo.documents import Document, allow, deny, policy, trust_aws, trust_oidc, trust_service, trust_sso
from app.demo.identifiers import access_key, digest
from app.demo.nouns import Cast, Group, Key, ManagedPolicy, Role, User

AWS = "arn:aws:iam::aws:policy/"
SSO_PATH = "/aws-reserved/sso.amazonaws.com/eu-central-1/"
_SSO_SETS = (
    ("AdministratorAccess", "AdministratorAccess", 12),
    ("AuditReadOnly", "ReadOnlyAccess", 8),
    ("ViewOnly", "job-function/ViewOnlyAccess", 8),
    ("Billing", "job-function/Billing", 4),
    ("NetworkAdministrator", "job-function/NetworkAdministrator", 8),
)
_LINKED = (
    "sso.amazonaws.com/AWSServiceRoleForSSO",
    "organizations.amazonaws.com/AWSServiceRoleForOrganizations",
    "cloudtrail.amazonaws.com/AWSServiceRoleForCloudTrail",
    "config.amazonaws.com/AWSServiceRoleForConfig",
    "support.amazonaws.com/AWSServiceRoleForSupport",
    "trustedadvisor.amazonaws.com/AWSServiceRoleForTrustedAdvisor",
    "guardduty.amazonaws.com/AWSServiceRoleForAmazonGuardDuty",
    "securityhub.amazonaws.com/AWSServiceRoleForSecurityHub",
    "ecs.amazonaws.com/AWSServiceRoleForECS",
    "elasticloadbalancing.amazonaws.com/AWSServiceRoleForElasticLoadBalancing",
    "autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling",
    "access-analyzer.amazonaws.com/AWSServiceRoleForAccessAnalyzer",
)
_SERVICES = (
    ("ConfigRecorder", "config.amazonaws.com", "service-role/AWS_ConfigRole"),
    ("VpcFlowLogs", "vpc-flow-logs.amazonaws.com", "CloudWatchLogsFullAccess"),
    ("LogShipper", "lambda.amazonaws.com", "service-role/AWSLambdaBasicExecutionRole"),
    ("CostExporter", "lambda.amazonaws.com", "service-role/AWSLambdaBasicExecutionRole"),
    ("PatchManager", "ssm.amazonaws.com", "service-role/AmazonSSMMaintenanceWindowRole"),
    ("InstanceBaseline", "ec2.amazonaws.com", "AmazonSSMManagedInstanceCore"),
    ("EcsTaskExecution", "ecs-tasks.amazonaws.com", "service-role/AmazonECSTaskExecutionRolePolicy"),
    ("BackupOperator", "backup.amazonaws.com", "service-role/AWSBackupServiceRolePolicyForBackup"),
    ("EventsToSns", "events.amazonaws.com", "AmazonSNSFullAccess"),
)


def baseline(account: str, management: str) -> Cast:
    """Return the principals that account creation and the platform team leave in every account."""
    return Cast(
        roles=(*_sso(account), *map(_linked, _LINKED), *_services(), *_platform(account, management)),
        users=_users(account),
        groups=_groups(),
        policies=(_developer_boundary(), _quarantine()),
    )


def sso_role(account: str, name: str, **more: Any) -> Role:
    """Return the role that IAM Identity Center makes in an account for the permission set `name`."""
    suffix = digest("permission set", name, size=8).hex()
    return Role(
        f"AWSReservedSSO_{name}_{suffix}",
        trust_sso(account),
        path=SSO_PATH,
        description=f"permission set {name}",
        **more,
    )


def _sso(account: str) -> tuple[Role, ...]:
    sets = tuple(
        sso_role(account, name, managed=(AWS + managed,), max_session_hours=hours) for name, managed, hours in _SSO_SETS
    )
    operations = sso_role(account, "SecurityOperations", inline={"AwsSSOInlinePolicy": _security_operations()})
    support = sso_role(
        account,
        "SupportL1",
        inline={"AwsSSOInlinePolicy": policy(allow("kinesisvideo:List*", "kinesisvideo:Describe*"))},
    )
    return (*sets, operations, support)


def _security_operations() -> Document:
    with_mfa = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    return policy(
        allow("kinesisvideo:List*", "kinesisvideo:Describe*", "cloudtrail:Get*", "cloudtrail:LookupEvents", "iam:Get*"),
        allow(
            "kinesisvideo:GetMedia",
            "kinesisvideo:GetClip",
            "kinesisvideo:GetImages",
            "kinesisvideo:GetDataEndpoint",
            "kinesisvideo:GetHLSStreamingSessionURL",
            when=with_mfa,
        ),
    )


def _linked(name: str) -> Role:
    service, role = name.split("/")
    return Role(
        role,
        trust_service(service),
        inline={"ServiceRolePolicy": policy(allow(f"{service.split('.')[0]}:*"))},
        path=f"/aws-service-role/{service}/",
        age_days=1100,
    )


def _services() -> tuple[Role, ...]:
    return tuple(Role(name, trust_service(service), managed=(AWS + managed,)) for name, service, managed in _SERVICES)


def _platform(account: str, management: str) -> tuple[Role, ...]:
    boundary = f"arn:aws:iam::{account}:policy/DeveloperBoundary"
    root = f"arn:aws:iam::{management}:root"
    return (
        Role(
            "OrganizationAccountAccessRole", trust_aws(root), managed=(AWS + "AdministratorAccess",), last_used_days=210
        ),
        Role(
            "stacksets-exec-2f7c1d9e0a6b4835",
            trust_service("member.org.stacksets.cloudformation.amazonaws.com"),
            managed=(AWS + "AdministratorAccess",),
            last_used_days=35,
        ),
        Role(
            "TerraformApply",
            trust_oidc(account, "repo:halden/platform:ref:refs/heads/main"),
            inline={
                "apply": policy(
                    allow("kinesisvideo:*", "iam:*", "s3:*", "ec2:*", "kms:*", "cloudtrail:*"),
                    deny("kinesisvideo:Get*", sid="NeverMedia"),
                )
            },
            path="/delivery/",
            tags={"team": "platform"},
        ),
        Role(
            "TerraformPlan",
            trust_oidc(account, "repo:halden/platform:*"),
            managed=(AWS + "job-function/ViewOnlyAccess",),
            inline={"plan": policy(allow("kinesisvideo:Describe*", "kinesisvideo:List*", "iam:Get*", "iam:List*"))},
            path="/delivery/",
            tags={"team": "platform"},
        ),
        Role(
            "Developer",
            trust_aws(f"arn:aws:iam::{account}:root"),
            managed=(AWS + "PowerUserAccess",),
            boundary=boundary,
            last_used_days=3,
        ),
        Role(
            "DeveloperReview",
            trust_aws(f"arn:aws:iam::{account}:root"),
            inline={"review": policy(allow("kinesisvideo:*", "logs:*", "cloudwatch:Get*"))},
            boundary=boundary,
            last_used_days=None,
        ),
        Role("IncidentForensics", trust_aws(root), managed=(AWS + "SecurityAudit",), last_used_days=120),
    )


def _users(account: str) -> tuple[User, ...]:
    return (
        User(
            "break-glass",
            managed=(AWS + "AdministratorAccess",),
            has_password=True,
            has_mfa=True,
            tags={"owner": "security"},
        ),
        User(
            "smtp-relay",
            inline={"send": policy(allow("ses:SendRawEmail"))},
            keys=(Key(access_key("AKIA", account, "smtp-relay"), age_days=820, last_used_service="ses"),),
        ),
        User(
            "old-contractor",
            groups=("Auditors",),
            boundary=f"arn:aws:iam::{account}:policy/DeveloperBoundary",
            keys=(Key(access_key("AKIA", account, "old-contractor"), active=False, age_days=1010, last_used_days=400),),
            age_days=1010,
        ),
    )


def _groups() -> tuple[Group, ...]:
    return (
        Group("Auditors", managed=(AWS + "SecurityAudit",)),
        Group("Operators", managed=(AWS + "job-function/ViewOnlyAccess",)),
        Group("Developers", inline={"assume": policy(allow("sts:AssumeRole", on="arn:aws:iam::*:role/Developer"))}),
    )


def _developer_boundary() -> ManagedPolicy:
    document = policy(
        allow("*"),
        deny("iam:*", "organizations:*", "cloudtrail:*", sid="NoIdentityNoTrails"),
        deny("kinesisvideo:GetMedia*", "kinesisvideo:GetClip", "kinesisvideo:GetImages", "kinesisvideo:Get*SessionURL"),
    )
    return ManagedPolicy("DeveloperBoundary", (document,), description="what a developer role may have at most")


def _quarantine() -> ManagedPolicy:
    return ManagedPolicy("Quarantine", (policy(deny("*")),), description="attached to a principal under investigation")
