"""Findings with their history, and how each rule's last run ended."""

from sqlalchemy import BigInteger, Boolean, Column, Date, Identity, Index, Integer, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from app.db.tables._metadata import Time, metadata

finding = Table(
    "finding",
    metadata,
    Column("account_id", BigInteger, primary_key=True, autoincrement=False),
    Column("id", Text, primary_key=True, comment="16 hex digits of sha256(account, rule, region, subject)"),
    Column("rule", Text, nullable=False),
    Column("region", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("evidence", JSONB, nullable=False),
    Column("first_seen_at", Time, nullable=False),
    Column("last_seen_at", Time, nullable=False),
    Column("resolved_at", Time),
    Column("note", Text),
    Column("muted_until", Time),
    Column("rule_version", Text, nullable=False),
    # The list, newest first within a state.
    Index("ix_finding_state", "state", "severity", "first_seen_at"),
    Index("ix_finding_subject", "account_id", "subject"),
)

finding_change = Table(
    "finding_change",
    metadata,
    Column("account_id", BigInteger, primary_key=True, autoincrement=False),
    Column("finding_id", Text, primary_key=True),
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("changed_at", Time, nullable=False),
    Column("from_state", Text),
    Column("to_state", Text, nullable=False),
    Column("by", Text, nullable=False, comment="a user, or the rule"),
    Column("note", Text),
)

rule_run = Table(
    "rule_run",
    metadata,
    Column("account_id", BigInteger, primary_key=True, autoincrement=False),
    Column("rule", Text, primary_key=True),
    Column("evaluated_at", Time, nullable=False),
    Column("violations", Integer, nullable=False),
    Column("checked", Integer, comment="subjects looked at; null when the rule does not count them"),
    Column("error", Text, comment="the rule itself failed: an operational finding, never a pass"),
)

cannot_tell = Table(
    "cannot_tell",
    metadata,
    Column("account_id", BigInteger, primary_key=True, autoincrement=False),
    Column("rule", Text, primary_key=True),
    Column("region", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("is_unread", Boolean, nullable=False, comment="a part that the rule needs was never read"),
    Column("evaluated_at", Time, nullable=False),
)

judged_day = Table(
    "judged_day",
    metadata,
    Column("account_id", BigInteger, primary_key=True, autoincrement=False),
    Column("day", Date, primary_key=True, comment="its media reads were known when the account was last evaluated"),
)
