"""Keep which files were taken along: of what filter, by whom, how many rows, and whether they came to their end."""

from alembic import op

revision = "20261129_0610"
down_revision = "20261129_0520"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE export (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    begun_at TIMESTAMP WITH TIME ZONE NOT NULL,
    actor TEXT NOT NULL,
    listing TEXT NOT NULL,
    query TEXT NOT NULL,
    file_name TEXT NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    is_complete BOOLEAN,
    rows BIGINT,
    bytes BIGINT,
    sha256 TEXT,
    CONSTRAINT pk_export PRIMARY KEY (id)
);
COMMENT ON COLUMN export.query IS 'the filter as the query string of its page';
COMMENT ON COLUMN export.is_complete IS 'null: under way, or the process was killed';
COMMENT ON COLUMN export.sha256 IS 'of the file as it was sent, hexadecimal';

ALTER TABLE export OWNER TO kvswatch_owner;
GRANT SELECT, INSERT, UPDATE, DELETE ON export TO kvswatch_app;
GRANT SELECT ON export TO kvswatch_read;
"""


def upgrade() -> None:
    """Make the table, which is empty."""
    op.get_bind().connection.cursor().execute(TABLES)
