import http.client
import json
from contextlib import closing

import pytest
from botocore.exceptions import ClientError


def control(aws, path):
    with closing(http.client.HTTPConnection(aws.endpoint.removeprefix("http://"))) as connection:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())


def test_a_call_that_nobody_implements_fails_at_once_by_its_name(client):
    with pytest.raises(ClientError) as refused:
        client("iam").simulate_principal_policy(
            PolicySourceArn="arn:aws:iam::310045578826:role/x", ActionNames=["s3:*"]
        )

    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert "iam:SimulatePrincipalPolicy" in refused.value.response["Error"]["Message"]


def test_it_counts_calls_by_account_region_and_outcome(aws, client):
    client("kinesisvideo", region="eu-west-1").list_streams()
    aws.faults({"service": "kinesisvideo", "error": "Boom", "times": 1})
    with pytest.raises(ClientError):
        client("kinesisvideo", region="eu-west-1").list_streams()

    status, calls = control(aws, "/_gate/calls")

    assert status == 200
    mine = [call for call in calls if call["call"] == "kinesisvideo:ListStreams" and call["region"] == "eu-west-1"]
    assert {"ok", "Boom"} <= {call["outcome"] for call in mine if call["account"] == "310045578826"}


def test_it_answers_signed_calls_only(aws):
    assert control(aws, "/")[0] == 403


def test_it_says_when_there_is_no_such_control(aws):
    assert control(aws, "/_gate/nonsense")[0] == 404


def test_it_keeps_a_connection_open_between_calls(aws):
    with closing(http.client.HTTPConnection(aws.endpoint.removeprefix("http://"))) as connection:
        for _ in range(2):
            connection.request("GET", "/_gate/calls")
            answer = connection.getresponse()
            answer.read()
            assert not answer.will_close
