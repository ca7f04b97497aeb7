"""How long a file that lies in the bucket takes until its call is on the timeline: listed, and announced by a queue.

The whole worker with all feeds of an account runs against the emulated organization, in one process with it; files are
put into the bucket one by one, whatever the worker is at, and each is looked for in the database. Both ways are
measured at the same time, each in a process of its own: most of it is waiting for a poll.
"""

import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from moto.s3.models import s3_backends
from moto.s3.notifications import S3NotificationEvent
from moto.sqs.models import sqs_backends
from sqlalchemy import Engine, text

from app import clock, config
from app.aws.session import AwsSettings
from app.core.model.feed import LISTENING
from app.db.engine import create_engine
from app.demo.emulator import Emulator
from app.services.watch_accounts import BACKGROUND, watch_accounts
from app.worker.handlers import handlers, wanted_of
from app.worker.loop import Worker
from bench._database import empty
from bench._together import together
from bench.trail_data import Mix, log_files

FILES, QUICK_FILES = 40, 8
EVERY_S = 0.7
"""Between two files: neither the interval of a poll nor that of a call is a multiple of it."""
POLL_S, QUICK_POLL_S = 10, 5
BAR_S = 5.0
"""Beyond the poll that a file waits for; one that is announced waits for none."""
REGION, MEMBER, QUEUE = "eu-central-1", "111122223333", "live"
LONGEST_S = 120.0


def run(*, quick: bool) -> dict[str, Any]:
    """Return the seconds that files took, the longest against its bar: one poll and five seconds, or five seconds."""
    files, poll_s = (QUICK_FILES, QUICK_POLL_S) if quick else (FILES, POLL_S)
    bars = {"listed": poll_s + BAR_S, "announced": BAR_S}
    took = dict(zip(bars, together(_took, [(files, poll_s, queue) for queue in ("", QUEUE)]), strict=True))
    longest = {name: round(max(seconds), 2) for name, seconds in took.items()}
    return {
        "files": files,
        "poll_s": poll_s,
        "median_s": {name: round(sorted(seconds)[len(seconds) // 2], 2) for name, seconds in took.items()},
        "longest_s": longest,
        "bars": bars,
        "missed": {name: seconds for name, seconds in longest.items() if seconds > bars[name]},
    }


def _took(files: int, poll_s: int, queue: str) -> list[float]:
    """Return the seconds that each file took; S3 announces them to a queue if it has a name."""
    bodies = iter(log_files(1, Mix(kvs=1.0, sessions=0.0, records=(1, 1))))
    with Emulator(small=True) as aws, empty() as url, tempfile.TemporaryDirectory(prefix="kvswatch-bench-") as home:
        os.environ |= aws.environment()
        bucket = _Bucket(aws, queue)
        engine = create_engine(url)
        with _working(engine, aws, _accounts_file(Path(home), bucket), poll_s):
            # The folder is found when there is a first file in it, within the hour.
            first = bucket.put(next(bodies))
            _wait(lambda: first in _stored(engine))
            put: dict[str, float] = {}
            found: dict[str, float] = {}
            while len(found) < files:
                if len(put) < files and (not put or time.monotonic() - max(put.values()) > EVERY_S):
                    put[bucket.put(next(bodies))] = time.monotonic()
                found |= {origin: time.monotonic() for origin in _stored(engine) & put.keys() - found.keys()}
                if put and time.monotonic() - min(put.values()) > LONGEST_S:
                    raise AssertionError(f"{files - len(found)} files did not come in {LONGEST_S} s")
                time.sleep(0.02)
        engine.dispose()
    return [found[origin] - put[origin] for origin in put]


class _Bucket:
    """A bucket of the log archive's account, and perhaps the queue that S3 announces its files to."""

    def __init__(self, aws: Emulator, queue: str) -> None:
        account = next(member for member in aws.estate.members if member.log_bucket)
        self.account, self.role = account.id, aws.estate.scanner_role(account)
        self.name = f"live-{'announced' if queue else 'listed'}"
        self.external_id = aws.estate.external_id
        self.queue = f"arn:aws:sqs:{REGION}:{account.id}:{queue}" if queue else ""
        self._s3 = s3_backends[account.id]["aws"]
        self._s3.create_bucket(self.name, REGION)
        if queue:
            sqs_backends[account.id][REGION].create_queue(queue)
            event = S3NotificationEvent.OBJECT_CREATED_EVENT.value
            self._s3.put_bucket_notification_configuration(
                self.name, {"QueueConfiguration": [{"Queue": self.queue, "Event": [event]}]}
            )
        self._n = 0

    def put(self, body: bytes) -> str:
        """Put a log file with the name of now; return its URL."""
        self._n += 1
        now = clock.now()
        name = f"{MEMBER}_CloudTrail_{REGION}_{now:%Y%m%dT%H%MZ}_{self._n:016d}.json.gz"
        key = f"AWSLogs/{MEMBER}/CloudTrail/{REGION}/{now:%Y/%m/%d}/{name}"
        self._s3.put_object(self.name, key, body)
        return f"s3://{self.name}/{key}"


def _accounts_file(home: Path, bucket: _Bucket) -> Path:
    queue = f'log_queue = "{bucket.queue}"\n' if bucket.queue else ""
    path = home / "accounts.toml"
    path.write_text(
        f'[[account]]\nid = "{bucket.account}"\nrole_arn = "{bucket.role}"\nexternal_id = "{bucket.external_id}"\n'
        f'regions = ["{REGION}"]\nlog_bucket = "{bucket.name}"\n{queue}'
    )
    return path


@contextmanager
def _working(engine: Engine, aws: Emulator, accounts_file: Path, poll_s: int) -> Iterator[None]:
    """Run a worker as `kvswatch worker` does."""
    settings = config.load({"KVSWATCH_ACCOUNTS_FILE": str(accounts_file), "KVSWATCH_INGEST_SECONDS": str(poll_s)})
    with engine.begin() as connection:
        watch_accounts(connection, wanted_of(settings), clock.now())
    worker = Worker(
        engine,
        handlers(settings, AwsSettings("bench", endpoint_url=aws.endpoint)),
        clock=clock.now,
        threads=settings.workers,
        lease_s=settings.lease_seconds,
        background=BACKGROUND,
        listening=LISTENING,
    )
    worker.start()
    try:
        yield
    finally:
        worker.stop()


def _stored(engine: Engine) -> set[str]:
    with engine.connect() as connection:
        return set(connection.execute(text("select distinct origin from event_raw")).scalars())


def _wait(happened: Callable[[], bool]) -> None:
    until = time.monotonic() + LONGEST_S
    while not happened():
        if time.monotonic() > until:
            raise AssertionError(f"nothing came in {LONGEST_S} s")
        time.sleep(0.05)


if __name__ == "__main__":
    print(json.dumps(run(quick=True), indent=2))
