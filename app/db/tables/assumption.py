"""What records have shown of the assumptions in core/assumptions."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Table, Text, text
from sqlalchemy.dialects.postgresql import UUID

from app.db.tables._metadata import Time, metadata

assumption_seen = Table(
    "assumption_seen",
    metadata,
    Column("account_id", BigInteger, primary_key=True, autoincrement=False),
    Column("assumption", Text, primary_key=True, comment="the name of its file"),
    Column("call", Text, primary_key=True, comment="eventName; empty: the assumption is of no call in particular"),
    Column("verdict", Text, primary_key=True, comment="confirms or refutes"),
    Column("is_emulated", Boolean, primary_key=True, comment="shown by records that the demo made"),
    Column("first_time", Time, nullable=False),
    Column("first_id", UUID(as_uuid=True), nullable=False, comment="event_id of the earliest record that shows it"),
    Column("newest_time", Time, nullable=False),
    Column("newest_id", UUID(as_uuid=True), nullable=False),
    # Pages ask whether any account's records show something: one look for each, however many accounts there are.
    Index(
        "ix_assumption_seen_shown",
        "assumption",
        "call",
        "verdict",
        "account_id",
        postgresql_where=text("not is_emulated"),
    ),
)
