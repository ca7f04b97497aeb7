"""The log archive of the small emulated organization, which a test may tamper with."""

import gzip
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine

from app.core.model.account import Account
from app.demo.gate.store import Bucket, StoredObject
from tests.builders.polling import account_of, watch

MEMBER = "310045578826"
"""An account whose calls the organization's trail logs."""


class Archive:
    """The bucket, and the account that it lies in."""

    def __init__(self, aws: Any, engine: Engine) -> None:
        name = next(member.name for member in aws.estate.members if member.log_bucket)
        self.aws, self.engine = aws, engine
        self.account: Account = watch(engine, account_of(aws, name))
        self.bucket: Bucket = aws.world.buckets[self.account.log_bucket]

    def keys(self, kind: str) -> list[str]:
        """Return the keys of log files ("CloudTrail") or digests ("CloudTrail-Digest"), oldest first."""
        return list(self.bucket.list_keys(f"AWSLogs/{MEMBER}/{kind}/eu-central-1/"))

    def change(self, key: str, how: Callable[[bytes], bytes]) -> None:
        """Change what a file holds and leave its metadata."""
        stored = self.bucket.objects[key]
        body = gzip.compress(how(gzip.decompress(stored.body)))
        self.bucket.put(key, StoredObject(body, stored.modified_at, stored.metadata))

    def origin(self, key: str) -> str:
        """Return where a file lies, as it is stored."""
        return f"s3://{self.bucket.name}/{key}"

    @contextmanager
    def put_back(self) -> Iterator[None]:
        """Leave the archive as it was before."""
        kept = dict(self.bucket.objects)
        try:
            yield
        finally:
            self.aws.faults()
            for key in list(self.bucket.list_keys()):
                if key not in kept:
                    self.bucket.delete(key)
            for key, stored in kept.items():
                self.bucket.put(key, stored)
