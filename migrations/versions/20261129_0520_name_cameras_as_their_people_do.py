"""Name cameras as their people do: camera, site and owner of a stream, from an imported file."""

from alembic import op

revision = "20261129_0520"
down_revision = "20261129_0510"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE stream_alias (
    account_id BIGINT NOT NULL,
    region TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    camera TEXT NOT NULL,
    site TEXT NOT NULL,
    owner TEXT NOT NULL,
    CONSTRAINT pk_stream_alias PRIMARY KEY (account_id, region, kind, name)
);
COMMENT ON COLUMN stream_alias.name IS 'of the stream or channel, which may not be there';
COMMENT ON COLUMN stream_alias.camera IS 'empty: not told, like site and owner';

ALTER TABLE stream_alias OWNER TO kvswatch_owner;
GRANT SELECT, INSERT, UPDATE, DELETE ON stream_alias TO kvswatch_app;
GRANT SELECT ON stream_alias TO kvswatch_read;
"""


def upgrade() -> None:
    """Make the table, which is empty."""
    op.get_bind().connection.cursor().execute(TABLES)
