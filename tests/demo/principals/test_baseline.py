import json

from moto.iam.aws_managed_policies import aws_managed_policies_data

from app.demo.principals.baseline import baseline, sso_role

CAST = baseline("310045578826", "148803265917")


def test_every_kind_found_in_life_is_there():
    paths = {role.path.split("/")[1] for role in CAST.roles}

    assert {"aws-reserved", "aws-service-role", "delivery", ""} <= paths
    assert {role.name for role in CAST.roles if role.boundary} == {"Developer", "DeveloperReview"}
    assert {user.name: user.has_mfa for user in CAST.users}["break-glass"]
    assert {group for user in CAST.users for group in user.groups} <= {group.name for group in CAST.groups}


def test_aws_own_policies_are_real_ones():
    attached = {arn.rsplit("/", 1)[-1] for entity in (*CAST.roles, *CAST.users, *CAST.groups) for arn in entity.managed}

    assert attached <= set(json.loads(aws_managed_policies_data))


def test_a_permission_set_is_the_same_role_in_every_account():
    first, second = sso_role("310045578826", "VideoAnalyst"), sso_role("590817264433", "VideoAnalyst")

    assert first.name == second.name
    assert first.trust != second.trust


def test_watching_needs_mfa_for_security_operations():
    role = next(role for role in CAST.roles if role.name.startswith("AWSReservedSSO_SecurityOperations_"))

    statements = role.inline["AwsSSOInlinePolicy"]["Statement"]
    watching = next(statement for statement in statements if "kinesisvideo:GetMedia" in statement["Action"])
    assert watching["Condition"] == {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
