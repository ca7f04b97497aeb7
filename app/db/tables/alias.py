"""What people call their cameras: imported from a file, told by no account."""

from sqlalchemy import BigInteger, Column, Table, Text

from app.db.tables._metadata import metadata

stream_alias = Table(
    "stream_alias",
    metadata,
    Column("account_id", BigInteger, primary_key=True, autoincrement=False),
    Column("region", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("name", Text, primary_key=True, comment="of the stream or channel, which may not be there"),
    Column("camera", Text, nullable=False, comment="empty: not told, like site and owner"),
    Column("site", Text, nullable=False),
    Column("owner", Text, nullable=False),
)
