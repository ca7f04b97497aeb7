"""Keep views that people named: a page with its filter, by name and owner."""

from alembic import op

revision = "20261129_0630"
down_revision = "20261129_0610"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE saved_view (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    owner TEXT NOT NULL,
    name TEXT NOT NULL,
    path TEXT NOT NULL,
    query TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_saved_view PRIMARY KEY (id),
    CONSTRAINT uq_saved_view_owner_name UNIQUE (owner, name)
);
COMMENT ON COLUMN saved_view.path IS 'the page, such as /events';
COMMENT ON COLUMN saved_view.query IS 'its canonical query string; empty: all of its defaults';

ALTER TABLE saved_view OWNER TO kvswatch_owner;
GRANT SELECT, INSERT, UPDATE, DELETE ON saved_view TO kvswatch_app;
GRANT SELECT ON saved_view TO kvswatch_read;
"""


def upgrade() -> None:
    """Make the table, which is empty."""
    op.get_bind().connection.cursor().execute(TABLES)
