"""Which log files a message of a queue announces: S3's event notifications, and CloudTrail's own by SNS.

Either comes as it is ("raw message delivery") or inside the envelope of SNS. Sources: Amazon S3 User Guide, "Event
message structure"; CloudTrail User Guide, "Configuring Amazon SNS notifications for CloudTrail"; Amazon SNS Developer
Guide, "Amazon SNS message and JSON formats" and "Amazon SNS raw message delivery". Written from these pages and from
what others' readers take: no message of a real AWS account was at hand.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

import msgspec

from app.core.errors import InvalidInput

_CREATED = "ObjectCreated:"
_TEST_EVENT = "s3:TestEvent"
_VALIDATION = "CloudTrail validation message"
"""What CloudTrail publishes when a topic is set for a trail: no JSON. AWS's pages do not show it; readers skip it."""


class NoNotification(InvalidInput):
    """A message that announces no file in any form that is known."""


@dataclass(frozen=True, slots=True)
class Announced:
    """One file that lies in a bucket; `size` in bytes, None where the message does not tell."""

    bucket: str
    key: str
    size: int | None = None


def announced(body: str) -> tuple[Announced, ...]:
    """Return the files that a message announces; none of one that is known to announce nothing.

    That are S3's test event, CloudTrail's validation message, and events of objects that were not created.

    Raises:
        NoNotification: the message is in no form that is known.
    """
    if body.startswith(_VALIDATION):
        return ()
    content = _object(body)
    if "TopicArn" in content and "Type" in content:
        return _in_envelope(content)
    return _of(content)


def _in_envelope(envelope: dict[str, Any]) -> tuple[Announced, ...]:
    match envelope:
        case {"Type": "Notification", "Message": str(message)}:
            return () if message.startswith(_VALIDATION) else _of(_object(message))
        case {"Type": "SubscriptionConfirmation"}:
            raise NoNotification("SNS asks to confirm the queue's subscription: whoever owns the topic has to do that")
        case _:
            raise NoNotification("an SNS message that carries no notification")


def _of(content: dict[str, Any]) -> tuple[Announced, ...]:
    match content:
        case {"Event": str(event)} if event == _TEST_EVENT:
            return ()
        case {"s3Bucket": str(bucket), "s3ObjectKey": list(keys)} if all(isinstance(key, str) for key in keys):
            # Keys as they are: only S3's own events spell them like URLs.
            return tuple(Announced(bucket, key) for key in keys)
        case {"Records": list(records)}:
            return tuple(found for record in records if (found := _of_record(record)) is not None)
        case _:
            raise NoNotification("neither an event of S3 nor a message of CloudTrail")


def _of_record(record: object) -> Announced | None:
    match record:
        case {"eventName": str(name), "s3": {"bucket": {"name": str(bucket)}, "object": {"key": str(key)} as found}}:
            size = found.get("size")
            created = Announced(bucket, unquote_plus(key), size if isinstance(size, int) else None)
            return created if name.startswith(_CREATED) else None
        case _:
            raise NoNotification("an event of S3 that names no object")


def _object(text: str) -> dict[str, Any]:
    try:
        content = msgspec.json.decode(text.encode("utf-8", "surrogatepass"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise NoNotification(f"no JSON: {error}") from None
    if not isinstance(content, dict):
        raise NoNotification("JSON, but no object")
    return content
