"""Keep the hours in which no log file came, though nearly all hours around them have one."""

from alembic import op

revision = "20261129_0510"
down_revision = "20261129_0358"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE log_silence (
    account_id BIGINT NOT NULL,
    folder TEXT NOT NULL,
    region TEXT NOT NULL,
    starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
    with_file INTEGER NOT NULL,
    around INTEGER NOT NULL,
    CONSTRAINT pk_log_silence PRIMARY KEY (account_id, folder, region, starts_at)
);
CREATE INDEX ix_log_silence_end ON log_silence (ends_at);
COMMENT ON COLUMN log_silence.with_file IS 'of the hours around, how many have a log file';

ALTER TABLE log_silence OWNER TO kvswatch_owner;
GRANT SELECT, INSERT, UPDATE, DELETE ON log_silence TO kvswatch_app;
GRANT SELECT ON log_silence TO kvswatch_read;
"""


def upgrade() -> None:
    """Add the table, which is empty: the worker looks at what it has read once a day."""
    op.get_bind().connection.cursor().execute(TABLE)
