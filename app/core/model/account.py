"""An AWS account that kvswatch watches over."""

from dataclasses import dataclass, replace
from enum import StrEnum


class AccountKind(StrEnum):
    """What an account is to its organization; it decides which parts are read there."""

    MEMBER = "member"
    MANAGEMENT = "management"
    LOG_ARCHIVE = "log_archive"


@dataclass(frozen=True, slots=True)
class Account:
    """One onboarded account: how to get in, and where to look.

    `regions` are those whose streams and trails are read.
    `external_id` is None only for the account whose own credentials kvswatch runs with.
    """

    id: int
    name: str
    kind: AccountKind
    role_arn: str
    external_id: str | None
    regions: tuple[str, ...]
    partition: str = "aws"
    log_bucket: str | None = None
    """Of a log-archive account or an account with its own trail: the bucket to read CloudTrail files from."""
    more_log_buckets: tuple[str, ...] = ()
    """Further buckets of it, reached like the first."""
    log_prefix: str = ""
    log_queue: str | None = None
    """ARN of the queue that announces new files of `log_bucket`."""
    log_group: str | None = None
    """ARN of the log group of CloudWatch Logs that a trail delivers to; of an account without `log_bucket`."""
    log_endpoint: str | None = None
    """URL of the S3 that `log_bucket` is in, when it is not AWS's public one of its Region."""
    log_profile: str | None = None
    """Profile of the AWS configuration files whose credentials that S3 takes, instead of the role's."""
    log_requester_pays: bool = False
    """Whether our account is to pay for what is read of `log_bucket`."""

    @property
    def log_buckets(self) -> tuple[str, ...]:
        """All buckets that CloudTrail files are read from."""
        return self.more_log_buckets if self.log_bucket is None else (self.log_bucket, *self.more_log_buckets)

    def reading(self, bucket: str) -> "Account":
        """Return the account as a feed of one of its buckets reads it; `bucket` "" is the first."""
        return replace(self, log_bucket=bucket) if bucket else self
