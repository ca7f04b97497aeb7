"""Accounts, the state of each of their parts, and what those parts held at which time."""

from sqlalchemy import ARRAY, BigInteger, Column, Index, LargeBinary, Table, Text, text

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
    Column("log_prefix", Text, nullable=False, server_default=""),
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
