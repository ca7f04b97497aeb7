import gzip
import http.client
import json
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from app.demo.documents import allow, policy
from app.demo.emulator import Emulator
from tests.demo.conftest import ONCE, assumed, client_of, poller

NOW = datetime(2026, 11, 23, 9, 41, tzinfo=UTC)


def test_it_lets_the_poller_into_a_member_with_the_external_id(aws):
    identity = assumed(aws, "clinic-video").client("sts", region_name="eu-central-1", endpoint_url=aws.endpoint)

    arn = identity.get_caller_identity()["Arn"]

    assert arn == "arn:aws:sts::590817264433:assumed-role/kvswatch-member/kvswatch-test"


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"ExternalId": "another"}, id="wrong external id"),
        pytest.param({"RoleArn": "arn:aws:iam::590817264433:role/nobody"}, id="unknown role"),
        pytest.param({"RoleArn": "arn:aws:iam::590817264433:role/WardCamRole"}, id="a role that trusts others"),
    ],
)
def test_it_refuses_to_let_in(aws, change):
    sts = poller(aws).client("sts", region_name="eu-central-1", endpoint_url=aws.endpoint, config=ONCE)
    arguments = {
        "RoleArn": "arn:aws:iam::590817264433:role/kvswatch-member",
        "ExternalId": aws.estate.external_id,
        "RoleSessionName": "kvswatch-test",
    }

    with pytest.raises(ClientError) as refused:
        sts.assume_role(**(arguments | change))

    assert refused.value.response["Error"]["Code"] == "AccessDenied"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_it_refuses_the_role_without_any_external_id(aws):
    sts = poller(aws).client("sts", region_name="eu-central-1", endpoint_url=aws.endpoint, config=ONCE)

    with pytest.raises(ClientError, match="AccessDenied"):
        sts.assume_role(RoleArn="arn:aws:iam::590817264433:role/kvswatch-member", RoleSessionName="kvswatch-test")


def test_it_knows_no_other_keys(aws):
    stranger = poller(aws).client(
        "sts",
        region_name="eu-central-1",
        endpoint_url=aws.endpoint,
        config=ONCE,
        aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
        aws_secret_access_key="x",
    )

    with pytest.raises(ClientError, match="InvalidClientTokenId"):
        stranger.get_caller_identity()


def test_it_holds_a_role_to_the_policy_that_it_was_given():
    narrow = policy(allow("kinesisvideo:ListStreams"))

    with Emulator(small=True, days=0, now=NOW, authorizing=True, scanner_policies={"kvswatch-member": narrow}) as aws:
        client = client_of(aws)
        assert len(client("kinesisvideo").list_streams()["StreamInfoList"]) == 4
        with pytest.raises(ClientError) as video:
            client("kinesisvideo").list_signaling_channels()
        with pytest.raises(ClientError) as identity:
            client("iam").get_account_authorization_details()

    assert video.value.response["Error"]["Code"] == "AccessDeniedException"
    assert "kinesisvideo:ListSignalingChannels" in video.value.response["Error"]["Message"]
    assert identity.value.response["Error"]["Code"] == "AccessDenied"


def test_it_lives_in_any_time_that_it_is_given():
    later = datetime(2031, 3, 4, 5, 6, tzinfo=UTC)
    with Emulator(small=True, days=1, now=later) as aws:
        events = client_of(aws)("cloudtrail").lookup_events()["Events"]

    assert later - timedelta(hours=1) < events[0]["EventTime"] < later


def test_it_has_the_same_organization_each_time():
    def looks(seed: int) -> tuple[object, ...]:
        with Emulator(small=True, days=1, now=NOW, seed=seed) as aws:
            arns = [stream["StreamARN"] for stream in client_of(aws)("kinesisvideo").list_streams()["StreamInfoList"]]
            bucket = aws.world.buckets["halden-cloudtrail"]
            logs = {key: bucket.objects[key].body for key in bucket.list_keys() if "/CloudTrail/" in key}
            return arns, logs

    assert looks(7) == looks(7)
    assert looks(7)[1] != looks(8)[1]


def test_it_delivers_what_happened_since_and_nothing_twice():
    with Emulator(small=True, days=0, now=NOW) as aws:
        bucket = aws.world.buckets["halden-cloudtrail"]
        before = set(bucket.objects)
        files = aws.deliver(NOW + timedelta(hours=2))
        again = aws.deliver(NOW + timedelta(hours=2))
        fresh = [key for key in set(bucket.objects) - before if "/CloudTrail/" in key]
        times = [
            record["eventTime"]
            for key in fresh
            for record in json.loads(gzip.decompress(bucket.objects[key].body))["Records"]
        ]

    assert files == len(fresh) > 0
    assert again == 0
    assert min(times) >= "2026-11-23T09:41:00Z"
    assert max(times) < "2026-11-23T11:41:00Z"


def test_it_logs_the_scanners_own_calls_with_the_session_that_made_them():
    with Emulator(small=True, days=0, now=NOW) as aws:
        client_of(aws)("kinesisvideo").list_streams()
        aws.deliver(NOW + timedelta(minutes=5))
        bucket = aws.world.buckets["halden-cloudtrail"]
        logged = [
            record
            for key in bucket.list_keys()
            if "/CloudTrail/" in key
            for record in json.loads(gzip.decompress(bucket.objects[key].body))["Records"]
            if "kvswatch-test" in json.dumps(record)
        ]

    listed = next(record for record in logged if record["eventName"] == "ListStreams")
    issued = [record for record in logged if record["eventName"] == "AssumeRole"]
    assert {record["recipientAccountId"] for record in issued} == {aws.estate.poller_account, "310045578826"}
    assert listed["userIdentity"]["accessKeyId"] == issued[0]["responseElements"]["credentials"]["accessKeyId"]


def test_a_second_one_in_the_process_leaves_the_first_as_it_was(client):
    streams = client("kinesisvideo").list_streams()["StreamInfoList"]

    with Emulator(small=True, days=0, now=NOW), pytest.raises(ClientError) as meanwhile:
        client("kinesisvideo").list_streams()

    assert meanwhile.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert client("kinesisvideo").list_streams()["StreamInfoList"] == streams


def test_it_leaves_no_thread_and_no_port_behind():
    before = set(threading.enumerate())
    aws = Emulator(small=True, days=0, now=NOW).start()
    port = int(aws.endpoint.rsplit(":", 1)[-1])
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as left_open:
        left_open.request("GET", "/_gate/calls")
        left_open.getresponse().read()

        aws.stop()

    assert set(threading.enumerate()) <= before
    with (
        closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as late,
        pytest.raises(ConnectionRefusedError),
    ):
        late.request("GET", "/_gate/calls")
