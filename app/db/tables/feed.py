"""The work to do: one row a feed, which is the job, the lease and the cursor at once; and what was called."""

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from app.db.tables._metadata import Time, metadata

feed = Table(
    "feed",
    metadata,
    Column(
        "account_id",
        BigInteger,
        primary_key=True,
        autoincrement=False,
        comment="0: of the installation, no account's",
    ),
    Column("source", Text, primary_key=True, comment="a collector, a CloudTrail source, evaluate or retention"),
    Column("region", Text, primary_key=True, comment="empty for global feeds"),
    Column("every_s", Integer, nullable=False),
    Column("next_at", Time, nullable=False),
    Column("wanted_at", Time, comment="when somebody asked for a run since the last one began: run again"),
    Column("owner", Text, comment="the worker that holds the lease"),
    Column("lease_until", Time),
    Column("cursor", JSONB),
    Column("attempts", Integer, nullable=False, server_default="0", comment="failures in a row"),
    Column("last_started_at", Time),
    Column("last_success_at", Time),
    Column("last_error_at", Time),
    Column("last_error", Text),
    Column("progress", JSONB, comment='{"done", "total", "unit"}; total null when not known'),
    Column("backfill", JSONB, comment="files and bytes read of the past and left; null: nothing is known"),
    Column("backfill_stopped_at", Time, comment="since when nothing of the past is read, because somebody said so"),
    Column(
        "records_read",
        BigInteger,
        nullable=False,
        server_default="0",
        comment="since counting began; what is read again counts again",
    ),
    Column("records_kept", BigInteger, nullable=False, server_default="0"),
    Column("records_rejected", BigInteger, nullable=False, server_default="0"),
    Column("last_call", Text, comment="the AWS call under way or made last"),
    Column("last_call_at", Time),
    # The claim: what is due, soonest first.
    Index("ix_feed_next_at", "next_at"),
)

worker = Table(
    "worker",
    metadata,
    Column("id", Text, primary_key=True),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("version", Text, nullable=False),
    Column("started_at", Time, nullable=False),
    Column("heartbeat_at", Time, nullable=False),
    Column("stopped_at", Time),
)

own_call = Table(
    "own_call",
    metadata,
    Column("account_id", BigInteger, primary_key=True, autoincrement=False),
    Column("hour", Time, primary_key=True),
    Column("api", Text, primary_key=True, comment="kinesisvideo:ListStreams"),
    Column("region", Text, primary_key=True),
    Column("outcome", Text, primary_key=True, comment="ok, denied, throttled or failed"),
    Column("n", BigInteger, nullable=False),
)
