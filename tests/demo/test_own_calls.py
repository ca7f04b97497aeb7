from datetime import UTC, datetime

import msgspec

from app.demo.estate import estate
from app.demo.gate.callers import Caller
from app.demo.gate.ledger import LoggedCall
from app.demo.own_calls import OwnCalls

SMALL = estate(small=True)
NOW = datetime(2026, 11, 23, 9, 41, tzinfo=UTC)
POLLER = Caller(SMALL.poller_account, SMALL.poller_arn, user=SMALL.poller_user)
ROLE = "arn:aws:iam::310045578826:role/kvswatch-member"


def logged(service, operation, key="ASIA1", caller=None, account="310045578826", error=None, issued=None, **params):
    return LoggedCall(
        NOW, account, "eu-west-1", service, operation, 200, error, key, caller, "127.0.0.1", "Boto3/1", params, issued
    )


ASSUMED = logged(
    "sts",
    "AssumeRole",
    "AKIA1",
    POLLER,
    SMALL.poller_account,
    None,
    "ASIA1",
    RoleArn=ROLE,
    RoleSessionName="kvswatch",
    ExternalId="e",
)


def told(*calls):
    return [msgspec.json.decode(happening.raw) for happening in OwnCalls(SMALL).happenings(calls)]


def test_an_assumption_is_logged_in_both_accounts_and_names_the_key():
    records = told(ASSUMED)

    assert [record["recipientAccountId"] for record in records] == [SMALL.poller_account, "310045578826"]
    assert {record["responseElements"]["credentials"]["accessKeyId"] for record in records} == {"ASIA1"}
    assert records[0]["requestParameters"]["externalId"] == "e"
    assert records[0]["userIdentity"]["userName"] == "kvswatch-poller"


def test_a_refused_assumption_is_logged_where_the_caller_is_and_nowhere_else():
    refused = logged(
        "sts", "AssumeRole", "AKIA1", POLLER, SMALL.poller_account, "AccessDenied", RoleArn=ROLE, RoleSessionName="k"
    )

    (record,) = told(refused)

    assert record["recipientAccountId"] == SMALL.poller_account
    assert record["errorCode"] == "AccessDenied"


def test_a_call_is_the_sessions():
    record = told(ASSUMED, logged("kinesisvideo", "ListStreams", MaxResults=5))[-1]

    assert record["userIdentity"]["arn"] == "arn:aws:sts::310045578826:assumed-role/kvswatch-member/kvswatch"
    assert record["requestParameters"] == {"maxResults": 5}
    assert (record["awsRegion"], record["readOnly"]) == ("eu-west-1", True)


def test_global_services_are_logged_in_virginia():
    assert told(ASSUMED, logged("iam", "GetRole", RoleName="r"))[-1]["awsRegion"] == "us-east-1"


def test_what_no_trail_logs_and_what_nobody_signed_is_left_out():
    calls = (
        ASSUMED,
        logged("s3", "GetObject"),
        logged("cloudwatch", "GetMetricData"),
        logged("iam", "GetRole", key="ASIA9"),
    )

    assert len(told(*calls)) == 2


def test_equal_calls_of_one_second_are_two_events():
    first, second = told(ASSUMED, logged("kinesisvideo", "ListStreams"), logged("kinesisvideo", "ListStreams"))[-2:]

    assert first["eventID"] != second["eventID"]


def test_a_denied_call_has_cloudtrails_code():
    record = told(ASSUMED, logged("kinesisvideo", "ListStreams", error="AccessDeniedException"))[-1]

    assert record["errorCode"] == "AccessDenied"
