"""The access matrix as stored: one row per (principal, action, outcome, condition keys), never one per cell."""

from sqlalchemy import ARRAY, BigInteger, Boolean, Column, Integer, LargeBinary, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from app.db.tables._metadata import Time, metadata

resource_set = Table(
    "resource_set",
    metadata,
    Column("account_id", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, primary_key=True, comment="sha256 of the sorted ARNs"),
    Column("stream_ids", ARRAY(Integer), nullable=False, comment="empty for the actions without a resource type"),
    Column("is_wildcard", Boolean, nullable=False, comment='Resource "*" of a wildcard-only action'),
    Column("n", Integer, nullable=False),
)

access_grant = Table(
    "access_grant",
    metadata,
    Column("account_id", BigInteger, primary_key=True, autoincrement=False),
    Column("principal_id", Integer, primary_key=True),
    Column("action", Text, primary_key=True),
    Column("outcome", Text, primary_key=True),
    Column("condition_keys", ARRAY(Text), primary_key=True),
    Column("resource_set", LargeBinary, nullable=False),
)

matrix_state = Table(
    "matrix_state",
    metadata,
    Column("account_id", BigInteger, primary_key=True, autoincrement=False),
    Column("evaluated_at", Time, nullable=False),
    Column("evaluator", Text, nullable=False, comment="version of the evaluator"),
    Column("input_hash", LargeBinary, nullable=False, comment="of the snapshot versions it was built from"),
    Column("principals", Integer, nullable=False),
    Column("problems", JSONB, nullable=False, comment="policies that do not parse, layers that could not be read"),
    Column("common_hash", LargeBinary, comment="of what is the same for all principals: streams, tags, organization"),
)

grant_input = Table(
    "grant_input",
    metadata,
    Column("account_id", BigInteger, primary_key=True, autoincrement=False),
    Column("principal_id", Integer, primary_key=True),
    Column(
        "input_hash", LargeBinary, nullable=False, comment="of the principal's own policies and of what else is its own"
    ),
)
