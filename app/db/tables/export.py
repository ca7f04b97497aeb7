"""Which files were taken along."""

from sqlalchemy import BigInteger, Boolean, Column, Identity, Table, Text

from app.db.tables._metadata import Time, metadata

export = Table(
    "export",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("begun_at", Time, nullable=False),
    Column("actor", Text, nullable=False),
    Column("listing", Text, nullable=False),
    Column("query", Text, nullable=False, comment="the filter as the query string of its page"),
    Column("file_name", Text, nullable=False),
    Column("ended_at", Time),
    Column("is_complete", Boolean, comment="null: under way, or the process was killed"),
    Column("rows", BigInteger),
    Column("bytes", BigInteger),
    Column("sha256", Text, comment="of the file as it was sent, hexadecimal"),
)
