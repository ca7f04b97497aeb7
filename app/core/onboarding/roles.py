"""The three roles, and their texts to paste."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.core.arn import Arn
from app.core.model.account import AccountKind
from app.core.onboarding.policy import Policy, role_policy, trust_policy

ROLE_NAMES: dict[AccountKind, str] = {
    AccountKind.MEMBER: "kvswatch-member",
    AccountKind.MANAGEMENT: "kvswatch-management",
    AccountKind.LOG_ARCHIVE: "kvswatch-log-archive",
}


@dataclass(frozen=True, slots=True)
class Role:
    """One role to create: where, under which name, trusting whom, allowed what."""

    kind: AccountKind
    name: str
    trust: Policy
    policy: Policy


def roles(
    permissions: Mapping[AccountKind, frozenset[str]],
    trusted_principal: str,
    external_id: str,
    buckets: Mapping[AccountKind, Sequence[str]],
    log_bucket_keys: Sequence[Arn] = (),
    log_queue: Arn | None = None,
    log_group: Arn | None = None,
    log_queue_key: Arn | None = None,
) -> tuple[Role, ...]:
    """Return the roles for each kind of account, with the external ID filled in.

    `buckets` are those with log files: the archive's, or one of the same name in every member account.
    `log_bucket_keys` are the KMS keys that encrypt the archive's, `log_queue` announces its files, and
    `log_queue_key` encrypts what it says.
    `log_group` is in every role: it is of use in its own account alone, whichever kind that is.
    """
    trust = trust_policy(trusted_principal, external_id)
    keys = {AccountKind.LOG_ARCHIVE: log_bucket_keys}
    queues = {AccountKind.LOG_ARCHIVE: log_queue}
    queue_keys = {AccountKind.LOG_ARCHIVE: log_queue_key}
    policies = {
        kind: role_policy(
            permissions[kind],
            buckets.get(kind, ()),
            keys.get(kind, ()),
            queues.get(kind),
            log_group,
            queue_keys.get(kind),
        )
        for kind in AccountKind
    }
    return tuple(Role(kind, ROLE_NAMES[kind], trust, policy) for kind, policy in policies.items())


def cloudformation(role: Role) -> str:
    """Return a CloudFormation template (JSON), ready for a stack or, for member accounts, a StackSet.

    IAM is global: deploy it in exactly one Region an account, with the capability CAPABILITY_NAMED_IAM.
    A service-managed StackSet does not reach the management account itself: use a plain stack there.
    """
    external_id = role.trust["Statement"][0]["Condition"]["StringEquals"]["sts:ExternalId"]
    principal = role.trust["Statement"][0]["Principal"]["AWS"]
    trust = json.loads(json.dumps(role.trust))
    trust["Statement"][0]["Condition"]["StringEquals"]["sts:ExternalId"] = {"Ref": "ExternalId"}
    trust["Statement"][0]["Principal"]["AWS"] = {"Ref": "TrustedPrincipal"}
    template = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": f"kvswatch: the role {role.name}, which reads configuration and logs and can never read media",
        "Parameters": {
            "ExternalId": {"Type": "String", "Default": external_id, "MinLength": 2, "MaxLength": 1224},
            "TrustedPrincipal": {"Type": "String", "Default": principal},
        },
        "Resources": {
            "Role": {
                "Type": "AWS::IAM::Role",
                "Properties": {
                    "RoleName": role.name,
                    "Description": "Read by kvswatch",
                    "MaxSessionDuration": 3600,
                    "AssumeRolePolicyDocument": trust,
                    "Policies": [{"PolicyName": role.name, "PolicyDocument": role.policy}],
                },
            }
        },
        "Outputs": {"RoleArn": {"Value": {"Fn::GetAtt": ["Role", "Arn"]}}},
    }
    return json.dumps(template, indent=2) + "\n"


def terraform(role: Role) -> str:
    """Return a Terraform module of one file that makes the role in the account of its provider."""
    label = role.name.replace("-", "_")
    return f"""# kvswatch: the role {role.name}, which reads configuration and logs and can never read media.

terraform {{
  required_providers {{
    aws = {{
      source = "hashicorp/aws"
    }}
  }}
}}

resource "aws_iam_role" "{label}" {{
  name                 = "{role.name}"
  description          = "Read by kvswatch"
  max_session_duration = 3600
  assume_role_policy   = <<-JSON
{_indented(role.trust)}
  JSON
}}

resource "aws_iam_role_policy" "{label}" {{
  name   = "{role.name}"
  role   = aws_iam_role.{label}.id
  policy = <<-JSON
{_indented(role.policy)}
  JSON
}}

output "role_arn" {{
  value = aws_iam_role.{label}.arn
}}
"""


def _indented(policy: Policy) -> str:
    # In a heredoc Terraform would read ${ and %{ as its own (Terraform language, "Strings and Templates").
    text = json.dumps(policy, indent=2).replace("${", "$${").replace("%{", "%%{")
    return "\n".join("    " + line for line in text.splitlines())
