import csv
import io

import pytest
from botocore.exceptions import ClientError

from app.demo.emulator import Emulator
from tests.demo.conftest import client_of


def details(client, account="clinic-video", **more):
    pages = client("iam", account).get_paginator("get_account_authorization_details").paginate(**more)
    merged = {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [], "Policies": []}
    for page in pages:
        for name, found in merged.items():
            found.extend(page[name])
    for role in merged["RoleDetailList"]:
        role.pop("RoleLastUsed", None)  # asking is a use of the scanner's own role
    return merged


def test_pages_of_any_size_give_the_same(client):
    assert details(client, PaginationConfig={"PageSize": 7}) == details(client)


def test_every_policy_has_name_identifier_and_default_version(client):
    for policy in details(client)["Policies"]:
        assert policy["PolicyName"]
        assert policy["PolicyId"].startswith("ANPA")
        assert [v["VersionId"] for v in policy["PolicyVersionList"] if v["IsDefaultVersion"]] == [
            policy["DefaultVersionId"]
        ]


def test_aws_own_policies_are_listed_only_where_something_uses_them(client):
    found = details(client)
    attached = {
        policy["PolicyArn"]
        for kind in ("UserDetailList", "GroupDetailList", "RoleDetailList")
        for entity in found[kind]
        for policy in entity["AttachedManagedPolicies"]
    }

    listed = {policy["Arn"] for policy in found["Policies"]}

    assert {arn for arn in listed if arn.startswith("arn:aws:iam::aws:")} <= attached
    assert attached <= listed


def test_a_filter_leaves_the_other_lists_empty(client):
    found = details(client, Filter=["Role"])

    assert found["RoleDetailList"]
    assert not found["UserDetailList"]
    assert not found["Policies"]


def test_users_have_tags_groups_and_documents(client):
    users = {user["UserName"]: user for user in details(client)["UserDetailList"]}

    assert users["break-glass"]["Tags"] == [{"Key": "owner", "Value": "security"}]
    assert users["old-contractor"]["GroupList"] == ["Auditors"]
    assert users["cam-ward-old"]["UserPolicyList"][0]["PolicyDocument"]["Statement"]


def test_boundaries_are_shown_and_counted(client):
    found = details(client)
    developer = next(role for role in found["RoleDetailList"] if role["RoleName"] == "Developer")
    arn = developer["PermissionsBoundary"]["PermissionsBoundaryArn"]
    boundary = next(policy for policy in found["Policies"] if policy["Arn"] == arn)

    assert boundary["PolicyName"] == "DeveloperBoundary"
    user = next(user for user in found["UserDetailList"] if user["UserName"] == "old-contractor")
    assert user["PermissionsBoundary"]["PermissionsBoundaryArn"] == arn
    assert boundary["PermissionsBoundaryUsageCount"] == 3
    assert client("iam", "clinic-video").get_policy(PolicyArn=arn)["Policy"]["PermissionsBoundaryUsageCount"] == 3
    document = client("iam", "clinic-video").get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"][
        "Document"
    ]
    assert document["Statement"][0]["Effect"] == "Allow"


def test_a_device_roles_policy_keeps_its_variable(client):
    role = next(role for role in details(client)["RoleDetailList"] if role["RoleName"] == "WardCamRole")

    resource = role["RolePolicyList"][0]["PolicyDocument"]["Statement"][0]["Resource"]

    assert resource == "arn:aws:kinesisvideo:*:590817264433:stream/${credentials-iot:ThingName}/*"
    assert role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == {"Service": "credentials.iot.amazonaws.com"}


def test_the_credential_report_begins_with_root_and_tells_of_keys(client):
    iam = client("iam", "clinic-video")
    iam.generate_credential_report()
    assert iam.generate_credential_report()["State"] == "COMPLETE"

    rows = list(csv.DictReader(io.StringIO(iam.get_credential_report()["Content"].decode())))

    assert len(rows[0]) == 22
    assert rows[0]["user"] == "<root_account>"
    users = {row["user"]: row for row in rows}
    assert users["cam-ward-old"]["access_key_1_active"] == "true"
    assert users["cam-ward-old"]["access_key_1_last_used_service"] == "kinesisvideo"
    assert users["old-contractor"]["access_key_1_active"] == "false"
    assert users["break-glass"]["mfa_active"] == "true"


def test_there_is_no_report_before_one_was_made():
    with Emulator(small=True, days=0) as aws, pytest.raises(ClientError, match="ReportNotPresent"):
        client_of(aws)("iam", "log-archive").get_credential_report()


def test_one_user_is_shown_with_tags(client):
    user = client("iam", "clinic-video").get_user(UserName="break-glass")["User"]

    assert user["Tags"] == [{"Key": "owner", "Value": "security"}]
    assert user["Arn"] == "arn:aws:iam::590817264433:user/break-glass"
