from app.demo.gate.callers import iam
from app.demo.identifiers import unique_id

CLINIC = "590817264433"


def test_moto_has_every_principal_of_the_estate(aws):
    for account in aws.estate.accounts:
        backend = iam(account.id)
        assert {role.name for role in account.cast.roles} <= {role.name for role in backend.roles.values()}
        assert {user.name for user in account.cast.users} == set(backend.users)
        assert {group.name for group in account.cast.groups} == set(backend.groups)


def test_a_roles_identifier_is_the_one_that_records_name(aws, client):
    role = client("iam", "clinic-video").get_role(RoleName="WardCamRole")["Role"]

    assert role["RoleId"] == unique_id("AROA", CLINIC, "WardCamRole")
    assert aws.estate.account(CLINIC).role_arn("WardCamRole") == role["Arn"]


def test_ages_count_back_from_the_first_day(aws, client):
    users = {user["UserName"]: user for user in client("iam", "clinic-video").list_users()["Users"]}

    assert (aws.now - users["cam-ward-old"]["CreateDate"]).days >= 1310


def test_aws_own_policies_come_with_their_documents(client):
    iam_client = client("iam", "clinic-video")
    arn = "arn:aws:iam::aws:policy/AmazonKinesisVideoStreamsReadOnlyAccess"
    version = iam_client.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]

    document = iam_client.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]

    assert "kinesisvideo:Get*" in str(document)


def test_an_account_has_its_name_as_alias(client):
    assert client("iam", "clinic-video").list_account_aliases()["AccountAliases"] == ["clinic-video"]
