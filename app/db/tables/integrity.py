"""What is remembered of log files and digests, and what follows from it: the verdict of each hour, each break.

`folder` is that of an account in a bucket, `s3://bucket/AWSLogs/o-abc1234567/111122223333/`: with the Region it is the
place in which digests list log files. The accounts are those of the folders.
"""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, Table, Text, text

from app.db.tables._metadata import Time, metadata

log_file = Table(
    "log_file",
    metadata,
    Column("account_id", BigInteger, primary_key=True, autoincrement=False),
    Column("origin", Text, primary_key=True, comment="s3://bucket/key"),
    Column("folder", Text, nullable=False),
    Column("region", Text, nullable=False),
    Column("delivered_at", Time, nullable=False, comment="as its name says"),
    Column("read_sha256", Text, comment="of the uncompressed file; null: not read, or it does not open"),
    Column("read_problem", Text, comment="why it does not open"),
    Column("changed_sha256", Text, comment="read again, it was another file"),
    Column("digest", Text, comment="origin of the digest that lists it; null: none does so far"),
    Column("listed_sha256", Text),
    Column("listed_algorithm", Text),
    Column("is_missing", Boolean, nullable=False, server_default=text("false"), comment="asked for, and not there"),
    Column("is_new", Boolean, nullable=False, server_default=text("true"), comment="since its hour was judged"),
    Column("number", BigInteger, comment="made from its origin: what events name it by; null: no event of it does"),
    # From an event to its log file.
    Index("ix_log_file_number", "account_id", "number"),
    # The log files of a stretch of hours.
    Index("ix_log_file_place", "account_id", "folder", "region", "delivered_at"),
    # What is to be judged again.
    Index("ix_log_file_new", "account_id", "folder", "region", postgresql_where=text("is_new")),
)

log_silence = Table(
    "log_silence",
    metadata,
    Column("account_id", BigInteger, primary_key=True, autoincrement=False),
    Column("folder", Text, primary_key=True),
    Column("region", Text, primary_key=True),
    Column("starts_at", Time, primary_key=True),
    Column("ends_at", Time, nullable=False),
    Column("with_file", Integer, nullable=False, comment="of the hours around, how many have a log file"),
    Column("around", Integer, nullable=False),
    # What ended before a page's range is not read.
    Index("ix_log_silence_end", "ends_at"),
)

digest = Table(
    "digest",
    metadata,
    Column("account_id", BigInteger, primary_key=True, autoincrement=False),
    Column("origin", Text, primary_key=True, comment="s3://bucket/key"),
    Column("folder", Text, nullable=False),
    Column("region", Text, nullable=False),
    Column("chain", Text, nullable=False, comment="trail, home Region and whether it is backfill"),
    Column("ends_at", Time, nullable=False, comment="as its name says"),
    Column("sha256", Text, comment="of the uncompressed digest; null: it was not read, or does not open"),
    Column("content", LargeBinary, comment="without its log files, with the metadata of the object: JSON"),
    Column("problem", Text, comment="why there is no content"),
    Column("is_damaged", Boolean, nullable=False, server_default=text("false"), comment="it came, and does not open"),
    Column("verdict", Text, comment="of the digest itself; null: not judged yet"),
    Column("why", Text),
    # The digests of a stretch of hours, and the one before.
    Index("ix_digest_place", "account_id", "folder", "region", "chain", "ends_at"),
)

integrity_hour = Table(
    "integrity_hour",
    metadata,
    Column("account_id", BigInteger, primary_key=True, autoincrement=False),
    Column("region", Text, primary_key=True),
    Column("starts_at", Time, primary_key=True),
    Column("folder", Text, primary_key=True),
    Column("chain", Text, primary_key=True, comment="empty: of log files that no digest lists"),
    Column("ends_at", Time, nullable=False),
    Column("trail", Text, nullable=False, comment="name and home Region; empty: no digest tells"),
    Column("verdict", Text, nullable=False, comment="verified, unverified or broken"),
    Column("why", Text, nullable=False),
    Column("digest", Text, comment="origin of the digest that it is the hour of"),
    Column("files", Integer, nullable=False),
)

integrity_break = Table(
    "integrity_break",
    metadata,
    Column("account_id", BigInteger, primary_key=True, autoincrement=False),
    Column("origin", Text, primary_key=True, comment="s3://bucket/key of the file that it is about"),
    Column("kind", Text, primary_key=True, comment="log edited, digest missing …"),
    Column("folder", Text, nullable=False),
    Column("region", Text, nullable=False),
    Column("at", Time, nullable=False, comment="end of the hour of the digest, or when the log file was delivered"),
    Column("what", Text, nullable=False),
    Column("found_at", Time, nullable=False),
    # Pages ask for the newest of a range.
    Index("ix_integrity_break_at", "account_id", "at"),
)
