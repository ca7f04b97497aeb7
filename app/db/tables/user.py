"""This installation, the people who use it, and the chained log of what they changed."""

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, Identity, Integer, LargeBinary, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB

from app.db.tables._metadata import Time, metadata

install = Table(
    "install",
    metadata,
    Column("is_only", Boolean, primary_key=True, server_default=text("true")),
    Column("id", Text, nullable=False, comment="in the session name of our own calls"),
    Column("external_id", Text, nullable=False, comment="what the trust policies of our roles ask for"),
    Column("made_at", Time, nullable=False),
    CheckConstraint("is_only", name="one_row"),
)

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
