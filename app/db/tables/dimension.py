"""Dimensions: small, insert-only, `id int`; row 0 of each says "none". No fact is referenced from here."""

from sqlalchemy import BigInteger, Column, Identity, Integer, Table, Text, UniqueConstraint

from app.db.tables._metadata import metadata


def _id() -> Column[int]:
    return Column("id", Integer, Identity(start=1), primary_key=True)


principal = Table(
    "principal",
    metadata,
    _id(),
    Column("account_id", BigInteger, nullable=False, comment="0: AWS itself or not known"),
    Column("arn", Text, nullable=False, comment="of the role or user, or a readable stand-in"),
    Column("kind", Text, nullable=False, comment="ActorKind of the first sight"),
    Column("name", Text, nullable=False),
    UniqueConstraint("account_id", "arn"),
)

stream = Table(
    "stream",
    metadata,
    _id(),
    Column("account_id", BigInteger, nullable=False),
    Column("region", Text, nullable=False),
    Column("kind", Text, nullable=False, comment="stream or channel"),
    Column("name", Text, nullable=False),
    Column("arn", Text, comment="null: the records named it, no inventory knows it"),
    UniqueConstraint("account_id", "region", "kind", "name", "arn", postgresql_nulls_not_distinct=True),
)

action = Table(
    "action",
    metadata,
    _id(),
    Column("source", Text, nullable=False),
    Column("name", Text, nullable=False),
    UniqueConstraint("source", "name"),
)

region = Table("region", metadata, _id(), Column("name", Text, nullable=False, unique=True))

user_agent = Table("user_agent", metadata, _id(), Column("value", Text, nullable=False, unique=True))
