"""What somebody writes into a role's policies: names of one thing each, never patterns."""

import pytest

from app.core.errors import InvalidInput
from app.core.onboarding.inputs import bucket_name, identity_arn, key_arn, log_group_arn, queue_arn


@pytest.mark.parametrize(
    "text",
    [
        "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        "arn:aws-us-gov:kms:us-gov-west-1:000011112222:key/mrk-1234abcd12ab34cd56ef1234567890ab",
    ],
)
def test_a_key_is_named_by_its_arn(text: str) -> None:
    assert str(key_arn(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "1234abcd-12ab-34cd-56ef-1234567890ab",
        "arn:aws:kms:eu-central-1:111122223333:alias/trail",
        "arn:aws:kms:eu-central-1:111122223333:key/*",
        "arn:aws:kms::111122223333:key/1234abcd",
        "arn:aws:s3:::archive",
        "arn:*:kms:eu-central-1:111122223333:key/1234abcd",
        "arn:aws:kms:*:111122223333:key/1234abcd",
        "arn:aws:kms:eu-central-1\n:111122223333:key/1234abcd",
        "arn:aws:kms:eu-central-1:*:key/1234abcd",
        "arn:aws:kms:eu-central-1::key/1234abcd",
        "arn:aws:kms:eu-central-1:11112222333:key/1234abcd",
        "arn:aws:kms:eu-central-1:111122223333:key/{{resolve:ssm:key}}",
        "arn:aws:kms:eu-central-1:111122223333:key/1234abcd\n",
    ],
    ids=[
        "an ID",
        "an alias",
        "any key",
        "no Region",
        "a bucket",
        "any partition",
        "any Region",
        "a second line in the Region",
        "any account",
        "no account",
        "eleven digits",
        "a reference of CloudFormation",
        "a second line",
    ],
)
def test_what_may_be_several_keys_or_none_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="is not the ARN of a KMS key"):
        key_arn(text)


@pytest.mark.parametrize("text", ["abc", "cloudtrail-logs.example-1", "1.2.3.4.5", "a" * 63])
def test_a_bucket_has_a_name_of_s3(text: str) -> None:
    assert bucket_name(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ab",
        "a" * 64,
        "*",
        "logs-*",
        "log?",
        "Logs",
        "logs/2026",
        "-logs",
        "logs.",
        "a..b",
        "192.168.5.4",
        "logs\n",
        "${x}",
    ],
)
def test_what_is_no_bucket_s_name_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="is not the name of a bucket: 3 to 63 of"):
        bucket_name(text)


@pytest.mark.parametrize(
    "text",
    [
        "arn:aws:iam::111122223333:role/kvswatch",
        "arn:aws-cn:iam::000011112222:role/service-role/of/kvs_watch+=,.@-1",
        "arn:aws:iam::111122223333:user/kvswatch",
        "arn:aws:iam::111122223333:root",
    ],
)
def test_the_roles_trust_a_role_a_user_or_an_account(text: str) -> None:
    assert identity_arn(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "kvswatch",
        "*",
        "arn:aws:iam::111122223333:*",
        "arn:aws:iam::111122223333:role/*",
        "arn:aws:iam::111122223333:role/*/kvswatch",
        "arn:aws:iam::111122223333:role/${x}",
        "arn:aws:iam::111122223333:role/{{resolve:ssm:x}}",
        "arn:aws:iam::111122223333:role/",
        "arn:aws:iam::111122223333:role/kvswatch\n",
        "arn:aws:iam::111122223333:rootless",
        "arn:aws:iam::*:role/kvswatch",
        "arn:aws:iam::1:role/kvswatch",
        "arn:*:iam::111122223333:role/kvswatch",
        "arn:aws:iam:eu-central-1:111122223333:role/kvswatch",
        "arn:aws:sts::111122223333:assumed-role/kvswatch/session",
    ],
)
def test_whoever_else_is_not_trusted(text: str) -> None:
    with pytest.raises(InvalidInput, match="is not the ARN of a role or user"):
        identity_arn(text)


def test_a_queue_is_named_by_its_arn() -> None:
    assert str(queue_arn("arn:aws:sqs:eu-central-1:000011112222:trail_logs-1")).endswith(":trail_logs-1")


@pytest.mark.parametrize(
    "text",
    [
        "https://sqs.eu-central-1.amazonaws.com/111122223333/logs",
        "arn:aws:sqs:eu-central-1:111122223333:*",
        "arn:aws:sqs:*:111122223333:logs",
        "arn:aws:sqs::111122223333:logs",
        "arn:aws:sqs:eu-central-1:1:logs",
        "arn:aws:sqs:eu-central-1:111122223333:logs.fifo",
        "arn:aws:sqs:eu-central-1:111122223333:logs\n",
        "arn:aws:sns:eu-central-1:111122223333:logs",
    ],
    ids=["a URL", "any queue", "any Region", "no Region", "no account", "FIFO", "a second line", "a topic"],
)
def test_what_may_be_several_queues_or_none_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="is not the ARN of a queue"):
        queue_arn(text)


@pytest.mark.parametrize("behind", ["", ":*"])
def test_a_log_group_is_named_by_its_arn(behind: str) -> None:
    arn = "arn:aws:logs:eu-central-1:000011112222:log-group:/aws/cloud_trail.1#a-b"
    assert str(log_group_arn(arn + behind)) == arn


@pytest.mark.parametrize(
    "text",
    [
        "/aws/cloudtrail",
        "arn:aws:logs:eu-central-1:111122223333:log-group:*",
        "arn:aws:logs:eu-central-1:111122223333:log-group:trail*",
        "arn:aws:logs:eu-central-1:111122223333:log-group:trail:log-stream:one",
        "arn:aws:logs:*:111122223333:log-group:trail",
        "arn:aws:logs:eu-central-1:1:log-group:trail",
        "arn:aws:sqs:eu-central-1:111122223333:trail",
    ],
    ids=["a name", "any group", "a pattern", "a stream", "any Region", "no account", "a queue"],
)
def test_what_may_be_several_log_groups_or_none_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="is not the ARN of a log group"):
        log_group_arn(text)
