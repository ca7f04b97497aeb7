import tomllib

import pytest

from app.demo import settings
from app.demo.emulator import Emulator
from app.demo.estate import estate
from app.demo.gate.policies import allows
from tests.demo.conftest import client_of

FULL = estate()


def test_the_accounts_file_tells_where_log_files_lie():
    listed = {entry["name"]: entry for entry in tomllib.loads(settings.accounts_toml(FULL))["account"]}

    assert set(listed) == {"halden-management", "log-archive", "partner-lab"}
    assert listed["log-archive"]["log_bucket"] == "halden-cloudtrail"
    assert (listed["partner-lab"]["log_bucket"], listed["partner-lab"]["log_prefix"]) == (
        "partner-lab-cloudtrail",
        "audit",
    )


def test_the_settings_open_the_emulated_organization(tmp_path, aws):
    made = settings.demo_settings(tmp_path, 5055, small=True)

    assert made.aws_endpoint_url == "http://127.0.0.1:5055"
    assert made.external_id.get_secret_value() == aws.estate.external_id
    assert settings.demo_environment(tmp_path, 1)["AWS_ACCESS_KEY_ID"] == aws.credentials.access_key
    assert set(made.regions) == {"eu-central-1", "eu-west-1", "us-east-1"}


def test_the_scanners_roles_get_what_the_product_asks_for_and_no_media():
    policies = settings.scanner_policies()

    assert set(policies) == {"kvswatch-member", "kvswatch-management", "kvswatch-log-archive"}
    for document in policies.values():
        assert allows([document], "kinesisvideo:ListStreams", "*", {})
        assert not allows([document], "kinesisvideo:GetMedia", "*", {})


@pytest.mark.parametrize(
    ("account", "bucket"), [("log-archive", "halden-cloudtrail"), ("partner-lab", "partner-lab-cloudtrail")]
)
def test_under_them_each_bucket_can_be_read_from_its_own_account(account, bucket):
    with Emulator(days=0, authorizing=True, scanner_policies=settings.scanner_policies()) as aws:
        aws.put_object(bucket, "x", b"x")
        s3 = client_of(aws)("s3", account)
        keys = [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket)["Contents"]]
        body = s3.get_object(Bucket=bucket, Key="x")["Body"].read()

    assert (keys, body) == (["x"], b"x")
