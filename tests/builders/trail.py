"""CloudTrail records and log files as AWS writes them, for tests to change."""

import gzip
import json
from typing import Any
from uuid import NAMESPACE_URL, uuid5

ACCOUNT = "111122223333"
STREAM_ARN = f"arn:aws:kinesisvideo:eu-west-1:{ACCOUNT}:stream/front-door/1700000000000"
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/media/Viewer"


def guid(name: object) -> str:
    return str(uuid5(NAMESPACE_URL, str(name)))


def role_identity(key: str = "ASIAVIEWER0000000001", session: str = "night-shift") -> dict[str, Any]:
    return {
        "type": "AssumedRole",
        "principalId": f"AROAVIEWER0000000001:{session}",
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/Viewer/{session}",
        "accountId": ACCOUNT,
        "accessKeyId": key,
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "principalId": "AROAVIEWER0000000001",
                "arn": ROLE_ARN,
                "accountId": ACCOUNT,
                "userName": "Viewer",
            },
            "webIdFederationData": {},
            "attributes": {"creationDate": "2026-11-01T10:00:00Z", "mfaAuthenticated": "false"},
        },
    }


def kvs_record(number: int = 0, **changes: Any) -> dict[str, Any]:
    """A GetMedia data event of version 1.11. A change to `...` leaves the field out."""
    record: dict[str, Any] = {
        "eventVersion": "1.11",
        "userIdentity": role_identity(),
        "eventTime": "2026-11-01T10:15:00Z",
        "eventSource": "kinesisvideo.amazonaws.com",
        "eventName": "GetMedia",
        "awsRegion": "eu-west-1",
        "sourceIPAddress": "203.0.113.9",
        "userAgent": "Boto3/1.40",
        "requestParameters": {"streamARN": STREAM_ARN, "startSelector": {"startSelectorType": "NOW"}},
        "responseElements": None,
        "requestID": guid(f"request {number}"),
        "eventID": guid(f"event {number}"),
        "readOnly": True,
        "resources": [{"accountId": ACCOUNT, "type": "AWS::KinesisVideo::Stream", "ARN": STREAM_ARN}],
        "eventType": "AwsApiCall",
        "managementEvent": False,
        "recipientAccountId": ACCOUNT,
        "eventCategory": "Data",
    }
    return _changed(record, changes)


def assume_role_record(number: int = 0, **changes: Any) -> dict[str, Any]:
    """An AssumeRole event: a user's long-term key gave itself a session of the role Viewer."""
    record: dict[str, Any] = {
        "eventVersion": "1.08",
        "userIdentity": {
            "type": "IAMUser",
            "principalId": "AIDAANN000000000001",
            "arn": f"arn:aws:iam::{ACCOUNT}:user/ann",
            "accountId": ACCOUNT,
            "accessKeyId": "AKIAANN0000000000001",
            "userName": "ann",
        },
        "eventTime": "2026-11-01T10:00:00Z",
        "eventSource": "sts.amazonaws.com",
        "eventName": "AssumeRole",
        "awsRegion": "eu-west-1",
        "sourceIPAddress": "203.0.113.9",
        "userAgent": "aws-cli/2.30",
        "requestParameters": {"roleArn": ROLE_ARN, "roleSessionName": "night-shift", "durationSeconds": 3600},
        "responseElements": {
            "credentials": {
                "accessKeyId": "ASIAVIEWER0000000001",
                "sessionToken": "FwoGZXIvYXdzEXAMPLETOKEN",
                "expiration": "Nov 1, 2026, 11:00:00 AM",
            },
            "assumedRoleUser": {
                "assumedRoleId": "AROAVIEWER0000000001:night-shift",
                "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/Viewer/night-shift",
            },
        },
        "requestID": guid(f"sts request {number}"),
        "eventID": guid(f"sts event {number}"),
        "readOnly": True,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": ACCOUNT,
        "eventCategory": "Management",
    }
    return _changed(record, changes)


def other_record(number: int = 0, **changes: Any) -> dict[str, Any]:
    """A record that is not kept."""
    return kvs_record(
        f"other {number}",
        **{
            "eventSource": "ec2.amazonaws.com",
            "eventName": "DescribeInstances",
            "requestParameters": {},
            "resources": ...,
            "managementEvent": True,
            "eventCategory": "Management",
            **changes,
        },
    )


def compact(value: Any) -> bytes:
    """JSON as CloudTrail writes it: no white space."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")


def log_text(*records: Any) -> bytes:
    """An uncompressed log file."""
    return compact({"Records": list(records)})


def log_file(*records: Any) -> bytes:
    """A log file as it lies in the bucket."""
    return gzip.compress(log_text(*records), mtime=0)


def _changed(record: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**record, **changes}.items() if value is not ...}


def token_record(number: int = 0, **changes: Any) -> dict[str, Any]:
    """A GetSessionToken event: a user's long-term key gave itself a temporary one."""
    asked = assume_role_record(number)
    given = {"accessKeyId": "ASIAANN0000000000001", "sessionToken": "FwoGZXIvYXdzEXAMPLETOKEN"}
    values = {"eventName": "GetSessionToken", "requestParameters": None, "readOnly": False}
    return _changed(asked | values | {"responseElements": {"credentials": given}}, changes)
