import pytest
from botocore.exceptions import ClientError

from app.demo.documents import allow, policy
from app.demo.emulator import Emulator
from app.demo.gate.access import action_of
from tests.demo.conftest import client_of
from tests.demo.gate.test_call import identify, request

STREAM = "arn:aws:kinesisvideo:eu-central-1:310045578826:stream/gate-07/*"
BUCKET = "arn:aws:s3:::halden-cloudtrail"


def under(*statements, role="kvswatch-member"):
    return Emulator(small=True, days=0, authorizing=True, scanner_policies={role: policy(*statements)})


@pytest.mark.parametrize(
    ("service", "path", "query", "action"),
    [
        ("s3", "/b", "list-type=2", "s3:ListBucket"),
        ("s3", "/b", "encryption", "s3:GetEncryptionConfiguration"),
        ("s3", "/", "", "s3:ListAllMyBuckets"),
        ("access-analyzer", "/analyzer", "", "access-analyzer:ListAnalyzers"),
        ("monitoring", "/", "", "cloudwatch:GET /"),
    ],
)
def test_some_calls_need_an_action_of_another_name(service, path, query, action):
    assert action_of(identify(request(service, "GET", path, query))) == action


@pytest.mark.parametrize(
    ("service", "call", "code", "status"),
    [
        ("iam", lambda c: c.list_users(), "AccessDenied", 403),
        ("cloudtrail", lambda c: c.list_trails(), "AccessDeniedException", 400),
        ("kinesisvideo", lambda c: c.list_streams(), "AccessDeniedException", 403),
        ("s3", lambda c: c.list_objects_v2(Bucket="halden-cloudtrail"), "AccessDenied", 403),
        ("ec2", lambda c: c.describe_regions(), "UnauthorizedOperation", 403),
        ("sns", lambda c: c.list_topics(), "AuthorizationError", 403),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_refusal_is_worded_as_its_service_does(service, call, code, status):
    with under(allow("kms:DescribeKey")) as aws, pytest.raises(ClientError) as refused:
        call(client_of(aws)(service))

    assert refused.value.response["Error"]["Code"] == code
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == status


def test_a_stream_is_allowed_by_its_arn_and_another_is_not():
    with under(allow("kinesisvideo:ListTagsForStream", on=STREAM)) as aws:
        video = client_of(aws)("kinesisvideo")
        assert video.list_tags_for_stream(StreamName="gate-07")["Tags"]
        with pytest.raises(ClientError, match="AccessDenied"):
            video.list_tags_for_stream(StreamName="whs-001")


def test_a_bucket_is_allowed_by_its_arn_and_prefix():
    listing = allow("s3:ListBucket", on=BUCKET, when={"StringLike": {"s3:prefix": "AWSLogs/*"}})
    reading = allow("s3:GetObject", on=f"{BUCKET}/AWSLogs/*")
    with under(listing, reading, role="kvswatch-log-archive") as aws:
        aws.put_object("halden-cloudtrail", "AWSLogs/x", b"x")
        aws.put_object("halden-cloudtrail", "other/x", b"x")
        s3 = client_of(aws)("s3", "log-archive")
        listed = s3.list_objects_v2(Bucket="halden-cloudtrail", Prefix="AWSLogs/")["KeyCount"]
        body = s3.get_object(Bucket="halden-cloudtrail", Key="AWSLogs/x")["Body"].read()
        with pytest.raises(ClientError, match="AccessDenied"):
            s3.list_objects_v2(Bucket="halden-cloudtrail")
        with pytest.raises(ClientError, match="AccessDenied"):
            s3.get_object(Bucket="halden-cloudtrail", Key="other/x")

    assert (listed, body) == (1, b"x")


def test_who_one_is_may_always_be_asked():
    with under(allow("kms:DescribeKey")) as aws:
        assert client_of(aws)("sts").get_caller_identity()["Account"] == "310045578826"


def test_it_can_be_switched_on_while_running():
    with Emulator(small=True, days=0, scanner_policies={"kvswatch-member": policy()}) as aws:
        video = client_of(aws)("kinesisvideo")
        video.list_streams()
        aws.authorizing = True
        with pytest.raises(ClientError, match="AccessDenied"):
            video.list_streams()
