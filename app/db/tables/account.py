"""Accounts, the state of each of their parts, and what those parts held at which time."""

from sqlalchemy import ARRAY, BigInteger, Boolean, Column, Index, LargeBinary, Table, Text, false, text

from app.db.tables._metadata import Time, metadata

account = Table(
    "account",
    metadata,
    Column("account_id", BigInteger, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("partition", Text, nullable=False, server_default="aws"),
    Column("role_arn", Text, nullable=False),
    Column("external_id", Text),
    Column("regions", ARRAY(Text), nullable=False),
    Column("log_bucket", Text),
    Column(
        "more_log_buckets",
        ARRAY(Text),
        nullable=False,
        server_default=text("'{}'"),
        comment="buckets with log files beside log_bucket, each a feed of its own",
    ),
    Column("log_prefix", Text, nullable=False, server_default=""),
    Column("log_queue", Text, comment="ARN of the queue that announces log files of log_bucket"),
    Column("log_group", Text, comment="ARN of the log group of CloudWatch Logs that a trail delivers to"),
    Column("log_endpoint", Text, comment="URL of an S3 that is not AWS's public one, for log_bucket"),
    Column("log_profile", Text, comment="profile of the AWS configuration files with the credentials for it"),
    Column(
        "log_requester_pays",
        Boolean,
        nullable=False,
        server_default=false(),
        comment="whether we pay for what is read of log_bucket",
    ),
    Column("source", Text, nullable=False, comment="organization, file or added"),
    Column("added_at", Time, nullable=False),
    Column("removed_at", Time),
)

part = Table(
    "part",
    metadata,
    Column("account_id", BigInteger, primary_key=True, autoincrement=False),
    Column("part", Text, primary_key=True),
    Column("region", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("tried_at", Time),
    Column("seen_at", Time, comment="when the content was last good; a failure leaves it"),
    Column("missing", Text, comment="the IAM action that was denied"),
    Column("message", Text),
)

snapshot = Table(
    "snapshot",
    metadata,
    Column("account_id", BigInteger, primary_key=True, autoincrement=False),
    Column("part", Text, primary_key=True),
    Column("region", Text, primary_key=True),
    Column("valid_from", Time, primary_key=True),
    Column("valid_to", Time, comment="null: still so when last seen"),
    Column("seen_at", Time, nullable=False, comment="last poll that found it so"),
    Column("content_hash", LargeBinary, nullable=False),
    Column("content", LargeBinary, nullable=False, comment="zstd of the part's dataclass as JSON"),
    # One current version of each part: the constraint that keeps two pollers from both adding one.
    Index(
        "uq_snapshot_current", "account_id", "part", "region", unique=True, postgresql_where=text("valid_to is null")
    ),
)

reading_gap = Table(
    "reading_gap",
    metadata,
    Column("account_id", BigInteger, primary_key=True, autoincrement=False),
    Column("part", Text, primary_key=True),
    Column("region", Text, primary_key=True),
    Column("starts_at", Time, primary_key=True, comment="the last reading that succeeded"),
    Column("ends_at", Time, nullable=False, comment="the next one"),
)
