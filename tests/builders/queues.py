"""A bucket of the emulator whose new objects are announced to a queue, as S3 and SNS do it."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

from moto.s3.models import s3_backends
from moto.sqs.models import sqs_backends

from app.aws.ledger import Ledger
from app.aws.session import AccountSession
from app.core.model.account import Account
from tests.builders.polling import account_of, aws_settings

REGION = "eu-central-1"
FOLDER = "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/23/"


def key_of(tail: str = "aaaaaaaaaaaaaaaa", folder: str = FOLDER) -> str:
    """Return the key of a log file."""
    return f"{folder}111122223333_CloudTrail_eu-west-1_20261123T1155Z_{tail}.json.gz"


class Announced:
    """A bucket and a queue of the log archive's account; `account` is the archive with both of them."""

    def __init__(self, aws: Any) -> None:
        archive = account_of(aws, next(member.name for member in aws.estate.members if member.log_bucket))
        self.name = f"logs-{uuid4().hex}"
        self.arn = f"arn:aws:sqs:{REGION}:{archive.id:012d}:{self.name}"
        self.account: Account = replace(archive, log_bucket=self.name, log_queue=self.arn)
        self._session = AccountSession(archive, aws_settings(aws), Ledger())
        self.s3, self._sqs, self._sns = (self._session.client(name, REGION) for name in ("s3", "sqs", "sns"))
        self.s3.create_bucket(Bucket=self.name, CreateBucketConfiguration={"LocationConstraint": REGION})
        self.url = self._sqs.create_queue(QueueName=self.name)["QueueUrl"]

    def close(self) -> None:
        """Remove the queue, and close the connections."""
        self._sqs.delete_queue(QueueUrl=self.url)
        self._session.close()

    def announce_to_the_queue(self) -> None:
        """Let S3 send its events to the queue itself; it begins with a test event."""
        self._notify({"QueueConfigurations": [{"QueueArn": self.arn, "Events": ["s3:ObjectCreated:*"]}]})

    def announce_by_sns(self, *, raw: bool) -> None:
        """Let S3 send its events to a topic, which hands them to the queue."""
        topic = self._sns.create_topic(Name=self.name)["TopicArn"]
        attributes = {"RawMessageDelivery": "true"} if raw else {}
        self._sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=self.arn, Attributes=attributes)
        self._notify({"TopicConfigurations": [{"TopicArn": topic, "Events": ["s3:ObjectCreated:*"]}]})

    def put(self, key: str, body: bytes | None = None) -> str:
        """Put an object, which holds its own key if nothing else is said."""
        # Not by HTTP: botocore would wait a second for "100 Continue" each time.
        s3_backends[f"{self.account.id:012d}"]["aws"].put_object(self.name, key, body or key.encode())
        return key

    def send(self, message: str) -> None:
        """Send a message to the queue, whatever it says."""
        self._sqs.send_message(QueueUrl=self.url, MessageBody=message)

    def put_back(self) -> None:
        """Let the queue give out again what it gave out, as it does after a while."""
        for message in sqs_backends[f"{self.account.id:012d}"][REGION].queues[self.name]._messages:
            message.change_visibility(0)

    def left(self) -> tuple[int, int]:
        """Return how many messages wait in the queue, and how many were given out and not deleted."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        said = self._sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=names)["Attributes"]
        return int(said[names[0]]), int(said[names[1]])

    def _notify(self, configuration: dict[str, Any]) -> None:
        self.s3.put_bucket_notification_configuration(Bucket=self.name, NotificationConfiguration=configuration)
