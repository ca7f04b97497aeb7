"""Remember log files and digests as they were read, and the verdict of each hour."""

from alembic import op

revision = "20261129_0330"
down_revision = "20261129_0315"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE log_file (
    account_id BIGINT NOT NULL,
    origin TEXT NOT NULL,
    folder TEXT NOT NULL,
    region TEXT NOT NULL,
    delivered_at TIMESTAMP WITH TIME ZONE NOT NULL,
    read_sha256 TEXT,
    read_problem TEXT,
    changed_sha256 TEXT,
    digest TEXT,
    listed_sha256 TEXT,
    listed_algorithm TEXT,
    is_missing BOOLEAN DEFAULT false NOT NULL,
    is_new BOOLEAN DEFAULT true NOT NULL,
    CONSTRAINT pk_log_file PRIMARY KEY (account_id, origin)
);
CREATE INDEX ix_log_file_new ON log_file (account_id, folder, region) WHERE is_new;
CREATE INDEX ix_log_file_place ON log_file (account_id, folder, region, delivered_at);
COMMENT ON COLUMN log_file.origin IS 's3://bucket/key';
COMMENT ON COLUMN log_file.delivered_at IS 'as its name says';
COMMENT ON COLUMN log_file.read_sha256 IS 'of the uncompressed file; null: not read, or it does not open';
COMMENT ON COLUMN log_file.read_problem IS 'why it does not open';
COMMENT ON COLUMN log_file.changed_sha256 IS 'read again, it was another file';
COMMENT ON COLUMN log_file.digest IS 'origin of the digest that lists it; null: none does so far';
COMMENT ON COLUMN log_file.is_missing IS 'asked for, and not there';
COMMENT ON COLUMN log_file.is_new IS 'since its hour was judged';

CREATE TABLE digest (
    account_id BIGINT NOT NULL,
    origin TEXT NOT NULL,
    folder TEXT NOT NULL,
    region TEXT NOT NULL,
    chain TEXT NOT NULL,
    ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
    sha256 TEXT,
    content BYTEA,
    problem TEXT,
    is_damaged BOOLEAN DEFAULT false NOT NULL,
    verdict TEXT,
    why TEXT,
    CONSTRAINT pk_digest PRIMARY KEY (account_id, origin)
);
CREATE INDEX ix_digest_place ON digest (account_id, folder, region, chain, ends_at);
COMMENT ON COLUMN digest.origin IS 's3://bucket/key';
COMMENT ON COLUMN digest.chain IS 'trail, home Region and whether it is backfill';
COMMENT ON COLUMN digest.ends_at IS 'as its name says';
COMMENT ON COLUMN digest.sha256 IS 'of the uncompressed digest; null: it was not read, or does not open';
COMMENT ON COLUMN digest.content IS 'without its log files, with the metadata of the object: JSON';
COMMENT ON COLUMN digest.problem IS 'why there is no content';
COMMENT ON COLUMN digest.is_damaged IS 'it came, and does not open';
COMMENT ON COLUMN digest.verdict IS 'of the digest itself; null: not judged yet';

CREATE TABLE integrity_hour (
    account_id BIGINT NOT NULL,
    region TEXT NOT NULL,
    starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
    folder TEXT NOT NULL,
    chain TEXT NOT NULL,
    ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
    trail TEXT NOT NULL,
    verdict TEXT NOT NULL,
    why TEXT NOT NULL,
    digest TEXT,
    files INTEGER NOT NULL,
    CONSTRAINT pk_integrity_hour PRIMARY KEY (account_id, region, starts_at, folder, chain)
);
COMMENT ON COLUMN integrity_hour.chain IS 'empty: of log files that no digest lists';
COMMENT ON COLUMN integrity_hour.trail IS 'name and home Region; empty: no digest tells';
COMMENT ON COLUMN integrity_hour.verdict IS 'verified, unverified or broken';
COMMENT ON COLUMN integrity_hour.digest IS 'origin of the digest that it is the hour of';

CREATE TABLE integrity_break (
    account_id BIGINT NOT NULL,
    origin TEXT NOT NULL,
    kind TEXT NOT NULL,
    folder TEXT NOT NULL,
    region TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    what TEXT NOT NULL,
    found_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_integrity_break PRIMARY KEY (account_id, origin, kind)
);
CREATE INDEX ix_integrity_break_at ON integrity_break (account_id, at);
COMMENT ON COLUMN integrity_break.origin IS 's3://bucket/key of the file that it is about';
COMMENT ON COLUMN integrity_break.kind IS 'log edited, digest missing …';
COMMENT ON COLUMN integrity_break.at IS 'end of the hour of the digest, or when the log file was delivered';

ALTER TABLE log_file OWNER TO kvswatch_owner;
ALTER TABLE digest OWNER TO kvswatch_owner;
ALTER TABLE integrity_hour OWNER TO kvswatch_owner;
ALTER TABLE integrity_break OWNER TO kvswatch_owner;
GRANT SELECT, INSERT, UPDATE, DELETE ON log_file, digest, integrity_hour, integrity_break TO kvswatch_app;
GRANT SELECT ON log_file, digest, integrity_hour, integrity_break TO kvswatch_read;
"""


def upgrade() -> None:
    """Add the tables, which are empty: hours that were read before are judged as their digests come in."""
    op.get_bind().connection.cursor().execute(TABLES)
