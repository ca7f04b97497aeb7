"""A queue that tells of new log files: S3's event notifications, or CloudTrail's own by SNS.

A message is deleted only when all that it announced is stored; one whose file does not come stays, and is given out
again after `HIDDEN_S`. Whoever reads asks for the next batch only when the last one is stored (`_source.Read`): so
messages are deleted behind the `yield` of their last file, and nothing has to be handed to the reader for it.

A message that announces no log file of this bucket is set aside with its text, then deleted: left in the queue it would
come again until its retention ends. Queues lose no message, but topics, event filters and policies do: so the bucket is
listed beside it, at a slow pace.

Source: Amazon SQS Developer Guide, "Amazon SQS short and long polling" and "Amazon SQS visibility timeout".
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime

from app.aws.errors import NotThere
from app.aws.session import AccountSession
from app.aws.sources._bucket import Bucket
from app.aws.sources._log_file import log_file, may_come
from app.aws.sources._source import Batch, Fetched, Request, Source
from app.core.arn import Arn, parse
from app.core.errors import CouldNotLook
from app.core.model.account import Account, AccountKind
from app.core.model.feed import Cursor
from app.core.trailfile.keys import FileKind, file_key, has_control
from app.core.trailfile.notification import Announced, NoNotification, announced

WAIT_S = 3
"""How long an empty queue is listened to: a call that waits at all asks every server of the queue. Short enough that
two queues that share a thread are each heard within five seconds."""
HIDDEN_S = 300
"""How long a message is given to nobody else: the files of one answer take far less; after a kill it comes again."""
MOST_ANSWERS = 100
"""Of one run, each of at most ten messages: then other queues have their turn."""
FILES = 50
"""Files a batch: of most messages there is one each."""
MOST_SET_ASIDE = 1_000
"""Messages of a day that are kept with their text; of a bucket whose every object is announced there are millions."""
_MESSAGES = 10
"""ReceiveMessage gives no more (Amazon SQS API Reference)."""
_KEY_SHOWN = 200


def read(session: AccountSession, cursor: Cursor | None, request: Request) -> Iterator[Batch]:
    """Yield the files that the queue announces until it is empty.

    Raises:
        CouldNotLook: the queue or the bucket cannot be read, or no file comes and some are refused.
    """
    account = session.account
    if account.log_queue is None or account.log_bucket is None:
        raise NotThere(f"account {account.id:012d} has no log queue: set log_queue and log_bucket", "NoQueue")
    queue = Queue(session, parse(account.log_queue))
    run = _Run(session, queue, request, _Aside.of(cursor, request.now))
    with ExitStack() as stack:
        for _ in range(MOST_ANSWERS):
            messages = queue.receive(WAIT_S)
            if not messages:
                return
            yield from _answer(run, stack, messages)


SOURCE = Source(permissions=("sqs:ReceiveMessage", "sqs:DeleteMessage"), kinds=frozenset(AccountKind), read=read)


# ---------------------------------------------------------------- the queue


@dataclass(frozen=True, slots=True)
class Message:
    """One message as it was given out; `receipt` is what deletes it."""

    id: str
    receipt: str
    body: str


@dataclass(frozen=True, slots=True)
class Queue:
    """One queue of SQS, by its ARN."""

    session: AccountSession
    arn: Arn

    @property
    def url(self) -> str:
        """The queue's URL (Amazon SQS Developer Guide, "Queue and message identifiers")."""
        arn = self.arn
        suffix = ".cn" if arn.partition == "aws-cn" else ""
        return f"https://sqs.{arn.region}.amazonaws.com{suffix}/{arn.account}/{arn.resource}"

    def receive(self, wait_s: int, *, hidden_s: int = HIDDEN_S, most: int = _MESSAGES) -> tuple[Message, ...]:
        """Return the next messages, as soon as there are any; none when there are none for `wait_s`."""
        answer = self.session.call(
            "sqs",
            "receive_message",
            self.arn.region,
            QueueUrl=self.url,
            MaxNumberOfMessages=most,
            WaitTimeSeconds=wait_s,
            VisibilityTimeout=hidden_s,
        )
        return tuple(Message(one["MessageId"], one["ReceiptHandle"], one["Body"]) for one in answer.get("Messages", ()))

    def delete(self, messages: Sequence[Message]) -> None:
        """Delete up to ten messages; one that is not deleted comes again, and is stored once all the same."""
        entries = [{"Id": str(n), "ReceiptHandle": message.receipt} for n, message in enumerate(messages)]
        if entries:
            self.session.call("sqs", "delete_message_batch", self.arn.region, QueueUrl=self.url, Entries=entries)


# ---------------------------------------------------------------- what its messages bring


@dataclass(slots=True)
class _Aside:
    """How many messages of a day were set aside: the cursor, for a queue keeps its own place."""

    day: str
    count: int = 0

    @staticmethod
    def of(cursor: Cursor | None, now: datetime) -> "_Aside":
        """Return the count of today."""
        today = now.date().isoformat()
        return _Aside(today, cursor["count"] if cursor and cursor["day"] == today else 0)


@dataclass(slots=True)
class _Run:
    """One listening to a queue. `is_let_in`: a file came; what is refused then is not the whole bucket."""

    session: AccountSession
    queue: Queue
    request: Request
    aside: _Aside
    buckets: dict[str, Bucket] = field(default_factory=dict)
    is_let_in: bool = False

    def opened(self, name: str, stack: ExitStack) -> Bucket:
        """Return a bucket, opened when a file of it is first announced."""
        if name not in self.buckets:
            self.buckets[name] = stack.enter_context(Bucket(self.session, name, self.request.count))
        return self.buckets[name]

    def batch(self, fetched: Sequence[Fetched]) -> Batch:
        """Return a batch with the count behind it."""
        return Batch(tuple(fetched), {"day": self.aside.day, "count": self.aside.count}, None, is_live=True)

    def set_aside(self, message: Message, reason: str) -> Iterator[Fetched]:
        """Yield a message that is not understood, as something to be shown; above the limit nothing but that."""
        self.aside.count += 1
        queue = f"sqs://{self.queue.arn.resource}"
        if self.aside.count <= MOST_SET_ASIDE:
            yield Fetched(
                f"{queue}/{message.id}", message.body.encode("utf-8", "replace"), problem=reason, place="the message"
            )
        elif self.aside.count == MOST_SET_ASIDE + 1:
            problem = f"over {MOST_SET_ASIDE:,} messages announce no log file: let S3 send those of the trail's folder"
            yield Fetched(queue, problem=problem, place=f"messages of {self.aside.day}")


def _answer(run: _Run, stack: ExitStack, messages: Sequence[Message]) -> Iterator[Batch]:
    """Yield what the messages of one answer of the queue bring, then delete those that are done with.

    Raises:
        CouldNotLook: files are refused, and no file of the run came.
    """
    told: list[Fetched] = []
    wanted: dict[tuple[str, str], list[Message]] = {}
    for message in messages:
        told += _wanted(run, message, wanted)
    if told:
        yield run.batch(told)
    refused: dict[tuple[str, str], CouldNotLook] = {}
    for name, keys in _chunks(wanted):
        answers = dict(zip(keys, run.opened(name, stack).read(keys), strict=True))
        run.is_let_in |= any(isinstance(answer, bytes) for answer in answers.values())
        refused |= {(name, key): answer for key, answer in answers.items() if may_come(answer)}
        yield run.batch([log_file(name, key, answers[key]) for key in keys if (name, key) not in refused])
    kept = {message.id for file in refused for message in wanted[file]}
    run.queue.delete([message for message in messages if message.id not in kept])
    if refused and not run.is_let_in:
        raise next(iter(refused.values()))


def _wanted(run: _Run, message: Message, wanted: dict[tuple[str, str], list[Message]]) -> Iterator[Fetched]:
    """Add the log files that a message announces to `wanted`; yield the message itself if that is not all of it."""
    account = run.session.account
    try:
        files = announced(message.body)
        strange = next((reason for file in files if (reason := _strange(account, file))), None)
    except NoNotification as error:
        files, strange = (), str(error)
    if strange is not None:
        yield from run.set_aside(message, strange)
    for file in files:
        found = file_key(file.key)
        # Digests, Insights, aggregated and network activity events lie beside the log files, and are left alone.
        if found is None or found.kind is not FileKind.LOG or _strange(account, file):
            continue
        if found.day >= run.request.kept_from:
            wanted.setdefault((file.bucket, file.key), []).append(message)


def _strange(account: Account, file: Announced) -> str | None:
    """Return why a file is not one that the account's log bucket is read for; None when it is.

    Names are quoted as Python quotes them: a mark that turns the direction of writing would turn our words too.
    """
    found, prefix = file_key(file.key), account.log_prefix.strip("/")
    if file.bucket not in account.log_buckets:
        return f"announces an object of bucket {file.bucket[:_KEY_SHOWN]!r}: log_bucket is {account.log_bucket}"
    if found is None or has_control(file.key):
        return f"announces {file.key[:_KEY_SHOWN]!r}, which is no file of CloudTrail"
    if found.prefix.rstrip("/") != prefix:
        return f"announces {file.key[:_KEY_SHOWN]!r}, outside of log_prefix {prefix!r}"
    return None


def _chunks(files: Iterable[tuple[str, str]]) -> Iterator[tuple[str, list[str]]]:
    """Yield a bucket and some keys of it at a time."""
    by_bucket: dict[str, list[str]] = {}
    for bucket, key in files:
        by_bucket.setdefault(bucket, []).append(key)
    for bucket, keys in by_bucket.items():
        yield from ((bucket, keys[start : start + FILES]) for start in range(0, len(keys), FILES))
