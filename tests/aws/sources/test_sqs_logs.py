"""A queue that announces log files: messages of the emulator's own S3 and SNS, and some put there by hand."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from app.aws.errors import Denied, NotThere, Unreachable
from app.aws.ledger import Ledger
from app.aws.session import AccountSession
from app.aws.sources import sqs_logs
from app.aws.sources._source import Batch, Fetched, Request
from app.core.arn import parse
from app.core.model.feed import Cursor
from app.core.trailfile.keys import FileKind
from tests.builders.polling import aws_settings
from tests.builders.queues import FOLDER, Announced, key_of

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Listener:
    """Reads the queue of a bucket, and keeps the cursor."""

    def __init__(self, aws: Any, bucket: Announced) -> None:
        self.aws, self.bucket, self.account = aws, bucket, bucket.account
        self.settings = aws_settings(aws)
        self.cursor: Cursor | None = None

    def batches(self, *, now: datetime = NOW, kept_from: date = date.min) -> Iterator[Batch]:
        with AccountSession(self.account, self.settings, Ledger()) as session:
            request = Request("", now - timedelta(days=10), now, kept_from=kept_from)
            for batch in sqs_logs.read(session, self.cursor, request):
                self.cursor = json.loads(json.dumps(batch.cursor))
                yield batch

    def read(self, **when: Any) -> list[Fetched]:
        return [fetched for batch in self.batches(**when) for fetched in batch.fetched]

    def keys(self, **when: Any) -> list[str]:
        """Read the queue to its end; return the keys of the files, which hold them."""
        found = self.read(**when)
        keys = [fetched.origin.removeprefix(f"s3://{self.bucket.name}/") for fetched in found]
        assert [fetched.blob.decode() for fetched in found] == keys
        return keys


@pytest.fixture
def bucket(aws, monkeypatch) -> Iterator[Announced]:
    for name, value in aws.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sqs_logs, "WAIT_S", 0)
    made = Announced(aws)
    yield made
    aws.faults()
    made.close()


@pytest.fixture
def queue(aws, bucket) -> Listener:
    return Listener(aws, bucket)


def of_cloudtrail(bucket: Announced, *keys: str) -> str:
    return json.dumps({"s3Bucket": bucket.name, "s3ObjectKey": list(keys)})


def test_a_file_that_s3_announces_is_read_and_its_message_deleted(bucket, queue):
    bucket.announce_to_the_queue()
    keys = [bucket.put(key_of(letter * 16)) for letter in "ab"]
    assert sorted(queue.keys()) == keys
    assert bucket.left() == (0, 0)
    assert queue.keys() == []


@pytest.mark.parametrize("raw", [True, False], ids=["raw", "wrapped"])
def test_a_file_that_s3_announces_by_sns_is_read(bucket, queue, raw):
    bucket.announce_by_sns(raw=raw)
    key = bucket.put(key_of())
    assert queue.keys() == [key]
    assert bucket.left() == (0, 0)


def test_files_that_cloudtrail_announces_are_read(bucket, queue):
    keys = [bucket.put(key_of(letter * 16)) for letter in "ab"]
    bucket.send(of_cloudtrail(bucket, *keys))
    bucket.send("CloudTrail validation message.")
    assert queue.keys() == keys
    assert bucket.left() == (0, 0)


def test_a_message_is_deleted_only_when_the_next_batch_is_asked_for(bucket, queue):
    bucket.send(of_cloudtrail(bucket, bucket.put(key_of())))
    batches = queue.batches()
    assert len(next(batches).fetched) == 1
    assert bucket.left() == (0, 1)
    assert next(batches, None) is None
    assert bucket.left() == (0, 0)


def test_a_message_whose_batch_was_not_stored_stays(bucket, queue):
    bucket.send(of_cloudtrail(bucket, bucket.put(key_of())))
    batches = queue.batches()
    next(batches)
    batches.close()  # as a reader does whose transaction fails, or that is killed
    assert bucket.left() == (0, 1)


def test_many_messages_are_read_in_one_run(bucket, queue, monkeypatch):
    monkeypatch.setattr(sqs_logs, "FILES", 4)
    keys = [bucket.put(key_of(f"{n:016d}")) for n in range(23)]
    for key in keys:
        bucket.send(of_cloudtrail(bucket, key))
    assert sorted(queue.keys()) == keys
    assert bucket.left() == (0, 0)


def test_a_run_ends_while_more_comes_so_that_other_queues_are_heard(bucket, queue, monkeypatch):
    monkeypatch.setattr(sqs_logs, "MOST_ANSWERS", 1)
    for n in range(12):
        bucket.send(of_cloudtrail(bucket, bucket.put(key_of(f"{n:016d}"))))
    assert len(queue.keys()) == 10
    assert bucket.left() == (2, 0)


def test_a_file_that_is_announced_twice_is_fetched_once(bucket, queue):
    key = bucket.put(key_of())
    bucket.send(of_cloudtrail(bucket, key))
    bucket.send(of_cloudtrail(bucket, key))
    assert queue.keys() == [key]
    assert bucket.left() == (0, 0)


def test_files_of_other_kinds_are_left_alone_knowingly(bucket, queue):
    for kind in FileKind:
        folder = FOLDER.replace("/CloudTrail/", f"/{kind}/")
        bucket.send(of_cloudtrail(bucket, key_of(folder=folder)))
    key = bucket.put(key_of())
    assert queue.keys() == [key]
    assert bucket.left() == (0, 0)


def test_what_is_not_kept_is_not_read(bucket, queue):
    bucket.send(of_cloudtrail(bucket, bucket.put(key_of())))
    assert queue.keys(kept_from=date(2026, 11, 24)) == []
    assert bucket.left() == (0, 0)


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("hello \x1b[31m<b>", "no JSON"),
        (
            json.dumps({"s3Bucket": "turn\u202e", "s3ObjectKey": [key_of()]}),
            "bucket 'turn\\u202e': log_bucket is logs-",
        ),
    ],
    ids=["no JSON", "another bucket"],
)
def test_a_message_that_is_none_is_set_aside_with_its_text_and_deleted(bucket, queue, message, reason):
    bucket.send(message)
    (found,) = queue.read()
    assert found.origin.startswith(f"sqs://{bucket.name}/")
    assert (found.place, found.blob) == ("the message", message.encode())
    assert reason in (found.problem or "")
    assert bucket.left() == (0, 0)


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("AWSLogs/111122223333/Config/eu-west-1/2026/11/23/a.json.gz", "is no file of CloudTrail"),
        ("x" * 5000, "is no file of CloudTrail"),
        ("other/" + key_of(), "outside of log_prefix ''"),
        (key_of("aaaaaaaaaaaaaaa\x00"), "is no file of CloudTrail"),
        (key_of("aaaaaaaaaaaaaaa\n"), "is no file of CloudTrail"),
    ],
    ids=["of Config", "a long one", "another prefix", "with a NUL", "with a new line"],
)
def test_an_object_that_is_no_log_file_of_the_trail_is_set_aside(bucket, queue, key, reason):
    log = bucket.put(key_of())
    bucket.send(of_cloudtrail(bucket, key, log))
    aside, file = queue.read()
    assert reason in aside.problem
    assert len(aside.problem) < 300
    assert file.origin.endswith(log)
    assert bucket.left() == (0, 0)


def test_the_prefix_of_the_trail_is_its_own(bucket, queue):
    queue.account = replace(queue.account, log_prefix="central/")
    key = bucket.put("central/" + key_of(folder=FOLDER.replace("AWSLogs/", "AWSLogs/o-abcdefghij/")))
    bucket.send(of_cloudtrail(bucket, key))
    assert queue.keys() == [key]


def test_of_too_many_strange_messages_a_day_the_text_is_not_kept(bucket, queue, monkeypatch):
    monkeypatch.setattr(sqs_logs, "MOST_SET_ASIDE", 2)
    for n in range(3):
        bucket.send(f"no {n}")
    told = queue.read()
    bucket.send("no 3")
    assert [found.place for found in told] == ["the message"] * 2 + ["messages of 2026-11-23"]
    assert "over 2 messages" in (told[-1].problem or "")
    assert queue.read() == []
    bucket.send("no 4")
    assert len(queue.read(now=NOW + timedelta(days=1))) == 1
    assert bucket.left() == (0, 0)


def test_a_file_that_does_not_come_leaves_its_message_for_another_time(aws, bucket, queue):
    keys = [bucket.put(key_of(letter * 16)) for letter in "ab"]
    for key in keys:
        bucket.send(of_cloudtrail(bucket, key))
    aws.faults({"service": "s3", "operation": "GetObject", "error": "AccessDenied", "status": 403, "times": 1})
    assert len(queue.keys()) == 1
    assert bucket.left() == (0, 1)


def test_when_no_file_comes_the_reason_is_told_and_no_message_is_lost(aws, bucket, queue):
    bucket.send(of_cloudtrail(bucket, bucket.put(key_of())))
    aws.faults({"service": "s3", "operation": "GetObject", "error": "AccessDenied", "status": 403})
    with pytest.raises(Denied, match="s3:GetObject"):
        queue.read()
    assert bucket.left() == (0, 1)


def test_a_file_that_is_gone_is_given_up_by_name(bucket, queue):
    bucket.send(of_cloudtrail(bucket, key_of()))
    (found,) = queue.read()
    assert found.origin == f"s3://{bucket.name}/{key_of()}"
    assert "given up" in (found.problem or "")
    assert bucket.left() == (0, 0)


def test_a_file_that_is_too_large_is_left_where_it_is(bucket, queue):
    queue.settings = replace(queue.settings, max_file_bytes=10)
    bucket.send(of_cloudtrail(bucket, bucket.put(key_of(), b"x" * 11)))
    (found,) = queue.read()
    assert (found.origin, found.blob) == (f"s3://{bucket.name}/{key_of()}", b"")
    assert "11 bytes as stored, compressed, are more than 10, the limit" in (found.problem or "")
    assert found.size == 11


@pytest.mark.parametrize(
    ("operation", "code", "missing"),
    [
        ("ReceiveMessage", "AccessDeniedException", "sqs:ReceiveMessage"),
        ("DeleteMessageBatch", "AccessDeniedException", "sqs:DeleteMessage"),
        ("ReceiveMessage", "KMS.AccessDeniedException", "kms:Decrypt"),
    ],
)
def test_what_is_missing_of_the_queue_is_named(aws, bucket, queue, operation, code, missing):
    bucket.send(of_cloudtrail(bucket, bucket.put(key_of())))
    aws.faults({"service": "sqs", "operation": operation, "error": code, "status": 400})
    with pytest.raises(Denied) as told:
        queue.read()
    assert told.value.missing == missing


def test_a_queue_that_is_not_there_is_named(queue):
    queue.account = replace(queue.account, log_queue=f"{queue.account.log_queue}-gone")
    with pytest.raises(NotThere, match="ReceiveMessage"):
        queue.read()


def test_a_queue_that_does_not_answer_is_not_an_empty_one(aws, queue):
    aws.faults({"service": "sqs", "error": "InternalError", "status": 500})
    with pytest.raises(Unreachable):
        queue.read()


def test_an_account_without_a_queue_says_what_to_set(queue):
    queue.account = replace(queue.account, log_queue=None)
    with pytest.raises(NotThere, match="set log_queue"):
        queue.read()


def test_a_queue_in_china_has_its_domain(queue):
    with AccountSession(queue.account, aws_settings(queue.aws), Ledger()) as session:
        found = sqs_logs.Queue(session, parse("arn:aws-cn:sqs:cn-north-1:111122223333:logs"))
        assert found.url == "https://sqs.cn-north-1.amazonaws.com.cn/111122223333/logs"
