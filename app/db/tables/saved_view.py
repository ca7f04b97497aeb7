"""Views of a list that people gave a name."""

from sqlalchemy import BigInteger, Column, Identity, Table, Text, UniqueConstraint

from app.db.tables._metadata import Time, metadata

saved_view = Table(
    "saved_view",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("owner", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("path", Text, nullable=False, comment="the page, such as /events"),
    Column("query", Text, nullable=False, comment="its canonical query string; empty: all of its defaults"),
    Column("created_at", Time, nullable=False),
    UniqueConstraint("owner", "name"),
)
