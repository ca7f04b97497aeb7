import json

import pytest
from moto.iam.models import iam_backends

from app.aws.collectors.iam import COLLECTOR, authorization_details, missing_policies
from app.core.normalise import iam as normalise

ACCOUNT = "clinic-video"


@pytest.fixture
def backend(aws):
    return iam_backends[aws.estate.account(ACCOUNT).id]["aws"]


def test_it_reads_all_pages_of_principals_and_policies(aws, calls_of):
    made = aws.estate.account(ACCOUNT).cast
    found = authorization_details(calls_of(ACCOUNT), None)
    assert {one["RoleName"] for one in found["RoleDetailList"]} == {role.name for role in made.roles}
    assert {one["UserName"] for one in found["UserDetailList"]} == {user.name for user in made.users}
    assert {one["GroupName"] for one in found["GroupDetailList"]} == {group.name for group in made.groups}


def test_documents_are_text(calls_of):
    found = authorization_details(calls_of(ACCOUNT), None)
    documents = [one["PolicyDocument"] for role in found["RoleDetailList"] for one in role["RolePolicyList"]]
    assert documents
    assert all(isinstance(document, str) for document in documents)


def test_a_boundary_that_the_listing_left_out_is_fetched(backend, calls_of):
    document = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "kinesisvideo:*", "Resource": "*"}}
    policy = backend.create_policy(
        policy_name="left-out", path="/", policy_document=json.dumps(document), description="", tags=[]
    )
    try:
        calls = calls_of(ACCOUNT)
        listed = authorization_details(calls, None)
        listed["Policies"] = [one for one in listed["Policies"] if one["Arn"] != policy.arn]
        listed["RoleDetailList"][0]["PermissionsBoundary"] = {"PermissionsBoundaryArn": policy.arn}
        (found,) = normalise.managed_policies(missing_policies(calls, listed)).policies
        assert (found.arn, json.loads(found.document)) == (policy.arn, document)
    finally:
        backend.delete_policy(policy.arn)


def test_a_policy_that_is_gone_since_the_listing_is_left_out(aws, calls_of):
    arn = f"arn:aws:iam::{aws.estate.account(ACCOUNT).id}:policy/gone"
    listed = {"RoleDetailList": [], "UserDetailList": [], "GroupDetailList": [], "Policies": []}
    listed["GroupDetailList"] = [
        {"GroupName": "g", "GroupId": "G", "Arn": "arn:g", "AttachedManagedPolicies": [{"PolicyArn": arn}]}
    ]
    assert missing_policies(calls_of(ACCOUNT), listed) == []


def test_it_names_what_it_needs():
    assert COLLECTOR.permissions == ("iam:GetAccountAuthorizationDetails", "iam:GetPolicy", "iam:GetPolicyVersion")
