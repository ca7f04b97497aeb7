"""Keep the intervals between two readings of a part in which one failed, or which are longer than an hour."""

from alembic import op

revision = "20261129_0640"
down_revision = "20261129_0630"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE reading_gap (
    account_id BIGINT NOT NULL,
    part TEXT NOT NULL,
    region TEXT NOT NULL,
    starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_reading_gap PRIMARY KEY (account_id, part, region, starts_at)
);
COMMENT ON COLUMN reading_gap.starts_at IS 'the last reading that succeeded';
COMMENT ON COLUMN reading_gap.ends_at IS 'the next one';

ALTER TABLE reading_gap OWNER TO kvswatch_owner;
GRANT SELECT, INSERT, UPDATE, DELETE ON reading_gap TO kvswatch_app;
GRANT SELECT ON reading_gap TO kvswatch_read;
"""


def upgrade() -> None:
    """Add the table, which is empty: of the past only versions were kept, not how often they were read."""
    op.get_bind().connection.cursor().execute(TABLE)
