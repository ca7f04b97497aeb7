"""What each principal and stream is now: the lists that pages filter. The snapshots hold the whole."""

from sqlalchemy import BigInteger, Boolean, Column, Integer, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from app.db.tables._metadata import Time, metadata

stream_state = Table(
    "stream_state",
    metadata,
    Column("account_id", BigInteger, primary_key=True, autoincrement=False),
    Column("stream_id", Integer, primary_key=True),
    Column("region", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("created_at", Time, nullable=False),
    Column("retention_hours", Integer),
    Column("kms_key_id", Text),
    Column("media_type", Text),
    Column("device_name", Text),
    Column("channel_type", Text),
    Column("tags", JSONB, comment="null: not read"),
    Column("seen_at", Time, nullable=False),
    Column("removed_at", Time, comment="a full listing of its Region no longer had it"),
)

principal_state = Table(
    "principal_state",
    metadata,
    Column("account_id", BigInteger, primary_key=True, autoincrement=False),
    Column("principal_id", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("created_at", Time),
    Column("last_used_at", Time, comment="by IAM's own record"),
    Column("tags", JSONB, nullable=False),
    Column("active_keys", Integer, comment="null: not read"),
    Column("has_mfa", Boolean, comment="null: not read"),
    Column("seen_at", Time, nullable=False),
    Column("removed_at", Time),
)
