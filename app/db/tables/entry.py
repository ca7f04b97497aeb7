"""Who may assume which role: one row a way in."""

from sqlalchemy import ARRAY, BigInteger, Boolean, Column, Index, Integer, LargeBinary, Table, Text

from app.db.tables._metadata import Time, metadata

role_entry = Table(
    "role_entry",
    metadata,
    Column("account_id", BigInteger, primary_key=True, autoincrement=False, comment="the role's"),
    Column("role_id", Integer, primary_key=True, comment="a principal"),
    Column("source", Text, primary_key=True, comment="ARN of a principal or provider, name of a service, *"),
    Column("kind", Text, nullable=False, comment="what the trust policy names, see core.model.entry"),
    Column("source_id", Integer, comment="the source as a principal, where its policies were read"),
    Column("source_account", BigInteger),
    Column("outcome", Text, nullable=False),
    Column("condition_keys", ARRAY(Text), nullable=False),
    Column("is_named", Boolean, nullable=False, comment="named by its own account: needs no identity policy"),
    Column("statement", Integer, comment="of the trust policy, from 0"),
    Column("sid", Text),
    # What may this principal assume, wherever the role is.
    Index("ix_role_entry_source", "source_id"),
)

role_entry_state = Table(
    "role_entry_state",
    metadata,
    Column("account_id", BigInteger, primary_key=True, autoincrement=False),
    Column("evaluated_at", Time, nullable=False),
    Column("input_hash", LargeBinary, nullable=False, comment="of the snapshot versions it was built from"),
    Column("accounts", ARRAY(BigInteger), nullable=False, comment="whose policies decide who gets in"),
)
