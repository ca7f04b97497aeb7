"""The texts to paste: templates that a machine accepts, with the external ID filled in."""

import json

import pytest

from app.core.model.account import AccountKind
from app.core.onboarding.inputs import key_arn, queue_arn
from app.core.onboarding.roles import cloudformation, roles, terraform

PERMISSIONS = {
    AccountKind.MEMBER: frozenset({"kinesisvideo:ListStreams"}),
    AccountKind.MANAGEMENT: frozenset({"organizations:ListAccounts"}),
    AccountKind.LOG_ARCHIVE: frozenset({"s3:GetObject", "s3:ListBucket"}),
}
ROLES = roles(
    PERMISSIONS, "arn:aws:iam::111122223333:role/kvswatch", "id-of-this-install", {AccountKind.LOG_ARCHIVE: ["archive"]}
)


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.kind)
def test_it_writes_a_template_whose_parameters_carry_this_install(role) -> None:
    template = json.loads(cloudformation(role))
    assert template["Parameters"]["ExternalId"]["Default"] == "id-of-this-install"
    assert template["Parameters"]["TrustedPrincipal"]["Default"] == "arn:aws:iam::111122223333:role/kvswatch"


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.kind)
def test_it_writes_a_template_that_trusts_its_parameters(role) -> None:
    properties = json.loads(cloudformation(role))["Resources"]["Role"]["Properties"]
    (statement,) = properties["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"]["AWS"] == {"Ref": "TrustedPrincipal"}
    assert statement["Condition"]["StringEquals"]["sts:ExternalId"] == {"Ref": "ExternalId"}
    assert properties["Policies"][0]["PolicyDocument"] == role.policy


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.kind)
def test_it_writes_both_policies_into_the_terraform_module(role) -> None:
    documents = [json.loads(part.split("  JSON\n")[0]) for part in terraform(role).split("<<-JSON\n")[1:]]
    assert documents == [role.trust, role.policy]


@pytest.mark.parametrize(
    ("external_id", "written"), [("${x}", '"$${x}"'), ("%{ if x }", '"%%{ if x }"')], ids=["a value", "a directive"]
)
def test_it_escapes_what_terraform_would_evaluate(external_id: str, written: str) -> None:
    role = roles(PERMISSIONS, "arn:aws:iam::111122223333:role/kvswatch", external_id, {})[0]
    assert written in terraform(role)


def test_it_gives_the_bucket_to_the_log_archive_s_role_alone() -> None:
    with_bucket = {role.kind for role in ROLES if "arn:aws:s3:::archive" in json.dumps(role.policy)}
    assert with_bucket == {AccountKind.LOG_ARCHIVE}


def test_it_gives_the_key_to_the_log_archive_s_role_alone_in_both_texts() -> None:
    key = key_arn("arn:aws:kms:eu-central-1:111122223333:key/1234abcd")
    made = roles(PERMISSIONS, "arn:aws:iam::111122223333:role/x", "id", {}, [key])
    for write in (cloudformation, terraform):
        assert {role.kind for role in made if str(key) in write(role)} == {AccountKind.LOG_ARCHIVE}


def test_it_gives_the_queue_to_the_log_archive_s_role_alone() -> None:
    queue = queue_arn("arn:aws:sqs:eu-central-1:111122223333:logs")
    made = roles(PERMISSIONS, "arn:aws:iam::111122223333:role/x", "id", {}, log_queue=queue)
    assert {role.kind for role in made if str(queue) in cloudformation(role)} == {AccountKind.LOG_ARCHIVE}
