"""Keep what the grants of each principal follow from, so that a changed policy evaluates only those that it touches."""

from alembic import op

revision = "20261124_0500"
down_revision = "20261124_0400"
branch_labels = None
depends_on = None

TABLES = """
ALTER TABLE matrix_state ADD COLUMN common_hash BYTEA;
COMMENT ON COLUMN matrix_state.common_hash IS 'of what is the same for all principals: streams, tags, organization';

CREATE TABLE grant_input (
    account_id BIGINT NOT NULL,
    principal_id INTEGER NOT NULL,
    input_hash BYTEA NOT NULL,
    CONSTRAINT pk_grant_input PRIMARY KEY (account_id, principal_id)
);
COMMENT ON COLUMN grant_input.input_hash IS 'of the principal''s own policies and of what else is its own';

ALTER TABLE grant_input OWNER TO kvswatch_owner;
GRANT SELECT, INSERT, UPDATE, DELETE ON grant_input TO kvswatch_app;
GRANT SELECT ON grant_input TO kvswatch_read;
"""


def upgrade() -> None:
    """Create the table and the column."""
    op.get_bind().connection.cursor().execute(TABLES)
