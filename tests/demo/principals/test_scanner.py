import pytest

from app.core.onboarding.policy import ON_ONE_RESOURCE
from app.demo.emulator import Emulator
from app.demo.gate.policies import allows
from app.demo.principals import scanner
from app.services.permissions import permissions_by_kind
from tests.demo.conftest import client_of

POLICIES = scanner.policies("own-logs", "logs")


def test_the_scanner_may_look_and_never_watch():
    for document in POLICIES.values():
        assert allows([document], "kinesisvideo:ListStreams", "*", {})
        for action in ("GetMedia", "GetClip", "GetHLSStreamingSessionURL", "ConnectAsViewer", "GetDataEndpoint"):
            assert not allows([document], f"kinesisvideo:{action}", "*", {})


def test_the_scanner_gets_what_the_collectors_declare_and_nothing_else():
    for name, wanted in zip(POLICIES, permissions_by_kind().values(), strict=True):
        granted = {
            action
            for statement in POLICIES[name]["Statement"]
            if statement["Effect"] == "Allow"
            for action in statement["Action"]
        }
        on_what_is_named = {action for action in wanted if action.partition(":")[0] in ON_ONE_RESOURCE}
        assert wanted - on_what_is_named <= granted <= wanted


def test_each_kind_of_account_grants_its_own_and_no_more():
    def grants(action: str, resource: str) -> list[str]:
        return [name for name, document in POLICIES.items() if allows([document], action, resource, {})]

    assert grants("organizations:DescribeOrganization", "*") == ["kvswatch-management"]
    assert grants("s3:GetObject", "arn:aws:s3:::logs/a") == ["kvswatch-log-archive"]
    assert grants("s3:GetObject", "arn:aws:s3:::own-logs/a") == ["kvswatch-member"]
    assert grants("s3:GetObject", "arn:aws:s3:::other/a") == []


def test_a_scanners_role_trusts_the_poller_with_the_external_id():
    role = scanner.scanner_role("kvswatch-member", {}, "arn:aws:iam::1:user/p", "id-1")

    statement = role.trust["Statement"][0]
    assert statement["Principal"] == {"AWS": "arn:aws:iam::1:user/p"}
    assert statement["Condition"] == {"StringEquals": {"sts:ExternalId": "id-1"}}


def test_the_poller_may_only_assume_the_scanners_roles():
    (user,) = scanner.poller("395518820463", "kvswatch-poller").users
    document = user.inline["assume"]

    assert allows([document], "sts:AssumeRole", "arn:aws:iam::310045578826:role/kvswatch-member", {})
    assert not allows([document], "sts:AssumeRole", "arn:aws:iam::310045578826:role/Developer", {})
    assert not allows([document], "iam:ListUsers", "*", {})


@pytest.mark.parametrize(
    ("account", "bucket"), [("log-archive", "halden-cloudtrail"), ("partner-lab", "partner-lab-cloudtrail")]
)
def test_under_them_each_bucket_can_be_read_from_its_own_account(account, bucket):
    with Emulator(days=0, authorizing=True) as aws:
        aws.put_object(bucket, "x", b"x")
        s3 = client_of(aws)("s3", account)
        keys = [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket)["Contents"]]
        body = s3.get_object(Bucket=bucket, Key="x")["Body"].read()

    assert (keys, body) == (["x"], b"x")
