"""People who use kvswatch, and the chained log of what they changed."""

from sqlalchemy import BigInteger, Column, Identity, Integer, LargeBinary, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from app.db.tables._metadata import Time, metadata

app_user = Table(
    "app_user",
    metadata,
    Column("id", Integer, Identity(start=1), primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("role", Text, nullable=False),
    Column("created_at", Time, nullable=False),
    Column("disabled_at", Time),
)

audit = Table(
    "audit",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("at", Time, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", JSONB, nullable=False),
    Column("previous_hash", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False, unique=True),
)
