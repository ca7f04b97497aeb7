import pytest

from app.demo.documents import allow, deny, policy, trust_aws, trust_external
from app.demo.gate.policies import allows, trusts

POLLER = "arn:aws:iam::395518820463:user/kvswatch-poller"
BUCKET = "arn:aws:s3:::halden-cloudtrail"


@pytest.mark.parametrize(
    ("statements", "action", "resource", "expected"),
    [
        pytest.param([allow("iam:List*")], "iam:ListUsers", "*", True, id="wildcard"),
        pytest.param([allow("IAM:listusers")], "iam:ListUsers", "*", True, id="case of the action"),
        pytest.param([allow("iam:List*")], "iam:GetUser", "*", False, id="another action"),
        pytest.param([allow("*"), deny("iam:Get*")], "iam:GetUser", "*", False, id="deny wins"),
        pytest.param([allow("s3:GetObject", on=f"{BUCKET}/*")], "s3:GetObject", f"{BUCKET}/a", True, id="resource"),
        pytest.param([allow("s3:GetObject", on=f"{BUCKET}/*")], "s3:GetObject", "*", False, id="unknown resource"),
        pytest.param([allow("s3:GetObject", on=BUCKET)], "s3:GetObject", f"{BUCKET}/a", False, id="other resource"),
    ],
)
def test_it_reads_statements(statements, action, resource, expected):
    assert allows([policy(*statements)], action, resource, {}) is expected


@pytest.mark.parametrize(
    ("condition", "context", "expected"),
    [
        pytest.param(
            {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}},
            {"aws:requestedregion": "eu-west-1"},
            True,
            id="equal",
        ),
        pytest.param(
            {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}},
            {"aws:requestedregion": "us-east-1"},
            False,
            id="not equal",
        ),
        pytest.param({"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}, {}, False, id="missing"),
        pytest.param({"StringEqualsIfExists": {"aws:RequestedRegion": "eu-west-1"}}, {}, True, id="missing, if exists"),
        pytest.param({"StringLike": {"s3:prefix": "AWSLogs/*"}}, {"s3:prefix": "AWSLogs/1"}, True, id="like"),
        pytest.param({"Bool": {"aws:SecureTransport": "false"}}, {"aws:securetransport": "true"}, False, id="bool"),
        pytest.param(
            {"NumericLessThan": {"s3:max-keys": "5"}}, {"s3:max-keys": "3"}, False, id="operator it does not know"
        ),
    ],
)
def test_it_allows_only_under_conditions_that_hold(condition, context, expected):
    assert allows([policy(allow("s3:ListBucket", when=condition))], "s3:ListBucket", BUCKET, context) is expected


def test_a_deny_under_a_condition_it_cannot_judge_denies():
    document = policy(allow("*"), deny("*", when={"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}))

    assert not allows([document], "iam:ListUsers", "*", {"aws:currenttime": "2026-01-01T00:00:00Z"})


def test_not_action_and_not_resource_take_the_rest():
    document = policy({"Effect": "Allow", "NotAction": "iam:*", "NotResource": f"{BUCKET}/secret/*"})

    assert allows([document], "s3:GetObject", f"{BUCKET}/a", {})
    assert not allows([document], "iam:GetUser", "*", {})
    assert not allows([document], "s3:GetObject", f"{BUCKET}/secret/a", {})


@pytest.mark.parametrize(
    ("trust", "context", "expected"),
    [
        pytest.param(trust_external(POLLER, "id-1"), {"sts:externalid": "id-1"}, True, id="the very user, right id"),
        pytest.param(trust_external(POLLER, "id-1"), {"sts:externalid": "id-2"}, False, id="wrong id"),
        pytest.param(trust_external(POLLER, "id-1"), {}, False, id="no id"),
        pytest.param(trust_aws("arn:aws:iam::395518820463:root"), {}, True, id="the account"),
        pytest.param(trust_aws("arn:aws:iam::111111111111:root"), {}, False, id="another account"),
        pytest.param(trust_aws("*"), {}, True, id="anybody"),
    ],
)
def test_it_reads_who_is_trusted(trust, context, expected):
    assert trusts(trust, POLLER, "395518820463", "sts:AssumeRole", context) is expected
