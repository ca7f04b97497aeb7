"""Messages of a queue: both kinds of notification in both wrappings, and whatever else may lie there."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.trailfile.notification import Announced, NoNotification, announced

KEY = "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/23/111122223333_CloudTrail_eu-west-1_20261123T1200Z_a.json.gz"


def s3_event(key: str = KEY, event: str = "ObjectCreated:Put", **more: object) -> str:
    s3 = {
        "s3SchemaVersion": "1.0",
        "bucket": {"name": "logs", "arn": "arn:aws:s3:::logs"},
        "object": {"key": key, **more},
    }
    return json.dumps({"Records": [{"eventVersion": "2.1", "eventSource": "aws:s3", "eventName": event, "s3": s3}]})


def of_cloudtrail(*keys: str) -> str:
    return json.dumps({"s3Bucket": "logs", "s3ObjectKey": list(keys)})


def in_sns(message: str, kind: str = "Notification") -> str:
    topic = "arn:aws:sns:eu-west-1:111122223333:trail"
    return json.dumps({"Type": kind, "MessageId": "1", "TopicArn": topic, "Message": message})


@pytest.mark.parametrize("wrapped", [str, in_sns], ids=["raw", "in SNS"])
@pytest.mark.parametrize(
    ("message", "files"),
    [
        (s3_event(size=1024), [Announced("logs", KEY, 1024)]),
        (s3_event("new+file%2B1%C3%A9.json.gz"), [Announced("logs", "new file+1é.json.gz")]),
        (of_cloudtrail(KEY, "b+c"), [Announced("logs", KEY), Announced("logs", "b+c")]),
        (s3_event(event="ObjectRemoved:Delete"), []),
        (json.dumps({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "logs"}), []),
        ("CloudTrail validation message.", []),
    ],
    ids=["an event of S3", "a key like a URL", "CloudTrail's own", "a deletion", "S3's test", "CloudTrail's test"],
)
def test_it_names_the_files_of_each_kind_of_message_in_each_wrapping(wrapped, message, files):
    assert announced(wrapped(message)) == tuple(files)


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("", "no JSON"),
        ("hello", "no JSON"),
        ('{"Records":[', "no JSON"),
        ("[" * 100_000, "no JSON"),
        ('"\ud800"', "no JSON"),
        ("[]", "no object"),
        ("{}", "neither an event of S3 nor a message of CloudTrail"),
        ('{"s3Bucket":"logs","s3ObjectKey":[7]}', "neither"),
        ('{"s3Bucket":"logs","s3ObjectKey":"one"}', "neither"),
        ('{"Records":[{"eventSource":"kinesisvideo.amazonaws.com","eventName":"PutMedia"}]}', "names no object"),
        ('{"Records":[{"eventName":"ObjectCreated:Put","s3":{"bucket":{"name":"logs"},"object":{}}}]}', "no object"),
        (in_sns("hello"), "no JSON"),
        (in_sns(in_sns(s3_event())), "neither"),
        (in_sns("confirm", "SubscriptionConfirmation"), "confirm the queue's subscription"),
        (in_sns("bye", "UnsubscribeConfirmation"), "carries no notification"),
    ],
)
def test_it_says_why_a_message_is_none(message, reason):
    with pytest.raises(NoNotification, match=reason):
        announced(message)


_json = st.recursive(
    st.none() | st.integers() | st.text(max_size=8) | st.sampled_from([KEY, "ObjectCreated:Put", "Notification"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["Records", "s3", "bucket", "object", "key", "name", "eventName", "Type", "TopicArn", "Message"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@given(st.text() | _json.map(json.dumps))
def test_whatever_a_message_holds_it_is_read_or_refused(message):
    try:
        found = announced(message)
    except NoNotification:
        return
    assert all(isinstance(file.bucket, str) and isinstance(file.key, str) for file in found)
