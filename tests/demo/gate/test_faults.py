import http.client
from contextlib import closing
from dataclasses import replace

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

from app.demo.gate.call import Call
from app.demo.gate.errors import AwsError
from app.demo.gate.faults import Faults
from tests.demo.gate.test_call import identify, request


@pytest.fixture(autouse=True)
def _disarmed(aws):
    yield
    aws.faults()


def test_a_fault_strikes_as_often_as_it_was_ordered(aws, client):
    aws.faults({"service": "kinesisvideo", "error": "ClientLimitExceededException", "times": 2})
    video = client("kinesisvideo")

    for _ in range(2):
        with pytest.raises(ClientError, match="ClientLimitExceededException"):
            video.list_streams()

    assert video.list_streams()["StreamInfoList"]


def test_a_fault_strikes_only_the_calls_that_it_names(aws, client):
    aws.faults(
        {
            "service": "kinesisvideo",
            "operation": "List*",
            "account": "310045578826",
            "region": "eu-west-1",
            "error": "Boom",
        }
    )

    with pytest.raises(ClientError, match="Boom"):
        client("kinesisvideo", region="eu-west-1").list_streams()

    assert client("kinesisvideo", region="eu-central-1").list_streams()["StreamInfoList"]
    assert client("kinesisvideo", account="clinic-video", region="eu-west-1").list_streams()["StreamInfoList"]


@pytest.mark.parametrize(
    ("service", "call", "code"),
    [
        pytest.param("iam", lambda iam: iam.list_users(), "Throttling", id="query"),
        pytest.param("cloudtrail", lambda trail: trail.list_trails(), "ThrottlingException", id="json"),
        pytest.param("s3", lambda s3: s3.list_objects_v2(Bucket="halden-cloudtrail"), "SlowDown", id="s3"),
        pytest.param("ec2", lambda ec2: ec2.describe_regions(), "RequestLimitExceeded", id="ec2"),
        pytest.param("cloudwatch", lambda watch: watch.list_metrics(), "Throttling", id="cloudwatch"),
    ],
)
def test_the_sdk_reads_the_errors_code_in_every_protocol(aws, client, service, call, code):
    aws.faults({"service": service, "error": code, "status": 400, "message": "slow <down>"})

    with pytest.raises(ClientError) as refused:
        call(client(service))

    assert refused.value.response["Error"]["Code"] == code
    assert refused.value.response["Error"]["Message"] == "slow <down>"


def test_a_rate_lets_so_many_calls_pass_a_second_and_saves_up_no_more():
    seconds = [0.0]
    faults = Faults(clock=lambda: seconds[0])
    faults.arm([{"operation": "ListStreams", "rate": 2, "error": "slow"}])
    listing = identify(request("kinesisvideo", path="/listStreams"))

    def outcomes(at_s: float) -> list[str]:
        seconds[0] = at_s
        return [outcome(faults, listing) for _ in range(4)]

    assert outcomes(0) == ["ok", "ok", "slow", "slow"]
    assert outcomes(0.5) == ["ok", "slow", "slow", "slow"]
    assert outcomes(60) == ["ok", "ok", "slow", "slow"]


def test_each_region_has_a_rate_of_its_own():
    faults = Faults(clock=lambda: 0)
    faults.arm([{"rate": 1, "error": "slow"}])
    here = identify(request("kinesisvideo", path="/listStreams"))
    there = replace(here, region="us-east-1")

    assert [outcome(faults, call) for call in (here, here, there, there)] == ["ok", "slow", "ok", "slow"]


def outcome(faults: Faults, call: Call) -> str:
    try:
        faults.apply(call)
    except AwsError as refused:
        return refused.code
    return "ok"


def test_a_delay_outlasts_the_callers_patience(aws, client):
    aws.faults({"service": "kinesisvideo", "delay_s": 1.0})
    impatient = Config(read_timeout=0.2, retries={"max_attempts": 0})

    with pytest.raises(ReadTimeoutError):
        client("kinesisvideo", config=impatient).list_streams()


def test_a_dropped_connection_is_one(aws, client):
    aws.faults({"service": "kinesisvideo", "drop": True})

    with pytest.raises(ConnectionClosedError):
        client("kinesisvideo").list_streams()


def test_an_order_that_names_no_such_field_is_refused_and_changes_nothing(aws, client):
    with pytest.raises(TypeError, match="colour"):
        aws.faults({"colour": "red"})

    assert client("kinesisvideo").list_streams()["StreamInfoList"]


def test_the_control_plane_arms_faults_over_http(aws, client):
    with closing(http.client.HTTPConnection(aws.endpoint.removeprefix("http://"))) as connection:
        connection.request("POST", "/_gate/faults", body='[{"service": "iam", "error": "Boom"}]')
        assert connection.getresponse().status == 200

    with pytest.raises(ClientError, match="Boom"):
        client("iam").list_users()
