"""The scanner's policies: exactly what is asked for, and never media."""

from app.core.onboarding.inputs import key_arn, log_group_arn, queue_arn
from app.core.onboarding.policy import NEVER, role_policy, trust_policy

ASKED = ("kinesisvideo:ListStreams", "iam:GetCredentialReport", "s3:ListBucket", "s3:GetObject")


def allowed(policy: dict) -> set[str]:
    return {action for s in policy["Statement"] if s["Effect"] == "Allow" for action in s["Action"]}


def test_it_allows_exactly_what_was_declared() -> None:
    assert allowed(role_policy(ASKED, buckets=["archive"])) == set(ASKED)


def test_it_gives_s3_on_each_bucket_that_is_named() -> None:
    made = role_policy(ASKED, buckets=["new", "old"])
    resources = {s["Sid"]: s["Resource"] for s in made["Statement"]}
    assert resources["ReadLogFiles"] == ["arn:aws:s3:::new/*", "arn:aws:s3:::old/*"]


def test_it_gives_s3_on_the_one_bucket_only() -> None:
    resources = {s["Sid"]: s["Resource"] for s in role_policy(ASKED, buckets=["archive"])["Statement"]}
    assert resources["ListLogFiles"] == ["arn:aws:s3:::archive"]
    assert resources["ReadLogFiles"] == ["arn:aws:s3:::archive/*"]


def test_it_leaves_s3_out_when_there_is_no_bucket() -> None:
    assert not any(action.startswith("s3:") for action in allowed(role_policy(ASKED)))


def test_it_denies_every_way_to_media() -> None:
    denial = role_policy(ASKED)["Statement"][-1]
    assert denial["Effect"] == "Deny"
    assert denial["Resource"] == "*"
    assert {"kinesisvideo:GetMedia", "kinesisvideo:GetClip", "kinesisvideo:ConnectAsViewer"} <= set(denial["Action"])


def test_it_does_not_deny_what_the_collectors_need() -> None:
    assert "kinesisvideo:ListStreams" not in NEVER
    assert "kinesisvideo:DescribeImageGenerationConfiguration" not in NEVER


def test_it_trusts_one_principal_with_the_external_id_only() -> None:
    (statement,) = trust_policy("arn:aws:iam::111122223333:role/kvswatch", "abc")["Statement"]
    assert statement["Principal"] == {"AWS": "arn:aws:iam::111122223333:role/kvswatch"}
    assert statement["Condition"] == {"StringEquals": {"sts:ExternalId": "abc"}}


KEY = "arn:aws:kms:eu-central-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab"


def test_it_allows_the_decryption_of_a_queue_s_messages_through_sqs_alone() -> None:
    key = key_arn("arn:aws-cn:kms:cn-north-1:111122223333:key/1234abcd")
    (statement,) = (s for s in role_policy(ASKED, queue_key=key)["Statement"] if "kms:Decrypt" in s["Action"])
    assert statement["Resource"] == [str(key)]
    assert statement["Condition"] == {"StringEquals": {"kms:ViaService": ["sqs.cn-north-1.amazonaws.com.cn"]}}


def test_it_allows_the_decryption_of_log_files_by_their_keys_through_s3_alone() -> None:
    chinese = KEY.replace("aws:", "aws-cn:", 1).replace("eu-central-1", "cn-north-1")
    policy = role_policy(ASKED, ["archive"], [key_arn(KEY), key_arn(chinese)])
    (statement,) = [s for s in policy["Statement"] if "kms:Decrypt" in s["Action"]]
    assert statement == {
        "Sid": "DecryptLogFiles",
        "Effect": "Allow",
        "Action": ["kms:Decrypt"],
        "Resource": [KEY, chinese],
        "Condition": {
            "StringEquals": {"kms:ViaService": ["s3.cn-north-1.amazonaws.com.cn", "s3.eu-central-1.amazonaws.com"]}
        },
    }


def test_it_hears_the_one_queue_only_and_nothing_without_one() -> None:
    asked = ("sqs:DeleteMessage", "sqs:ReceiveMessage")
    queue = queue_arn("arn:aws:sqs:eu-central-1:111122223333:logs")
    heard = [s for s in role_policy((*ASKED, *asked), queue=queue)["Statement"] if s["Sid"] == "HearOfLogFiles"]
    assert [(s["Action"], s["Resource"]) for s in heard] == [(list(asked), str(queue))]
    assert not allowed(role_policy((*ASKED, *asked))) & set(asked)


def test_it_reads_the_one_log_group_only_and_nothing_without_one() -> None:
    group = log_group_arn("arn:aws:logs:eu-central-1:111122223333:log-group:trail")
    made = role_policy((*ASKED, "logs:FilterLogEvents"), log_group=group)
    read = [(s["Action"], s["Resource"]) for s in made["Statement"] if s["Sid"] == "ReadLogGroup"]
    assert read == [(["logs:FilterLogEvents"], f"{group}:*")]
    assert "logs:FilterLogEvents" not in allowed(role_policy((*ASKED, "logs:FilterLogEvents")))
