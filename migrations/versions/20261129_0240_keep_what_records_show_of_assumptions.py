"""Keep what records have shown of the assumptions: the first and the newest record of each answer."""

from alembic import op

revision = "20261129_0240"
down_revision = "20261129_0220"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE assumption_seen (
    account_id BIGINT NOT NULL,
    assumption TEXT NOT NULL,
    call TEXT NOT NULL,
    verdict TEXT NOT NULL,
    is_emulated BOOLEAN NOT NULL,
    first_time TIMESTAMP WITH TIME ZONE NOT NULL,
    first_id UUID NOT NULL,
    newest_time TIMESTAMP WITH TIME ZONE NOT NULL,
    newest_id UUID NOT NULL,
    CONSTRAINT pk_assumption_seen PRIMARY KEY (account_id, assumption, call, verdict, is_emulated)
);
COMMENT ON COLUMN assumption_seen.assumption IS 'the name of its file';
COMMENT ON COLUMN assumption_seen.call IS 'eventName; empty: the assumption is of no call in particular';
COMMENT ON COLUMN assumption_seen.verdict IS 'confirms or refutes';
COMMENT ON COLUMN assumption_seen.is_emulated IS 'shown by records that the demo made';
COMMENT ON COLUMN assumption_seen.first_id IS 'event_id of the earliest record that shows it';

ALTER TABLE assumption_seen OWNER TO kvswatch_owner;
GRANT SELECT, INSERT, UPDATE, DELETE ON assumption_seen TO kvswatch_app;
GRANT SELECT ON assumption_seen TO kvswatch_read;
"""


def upgrade() -> None:
    """Add the table, empty: records that are stored already were not looked at."""
    op.get_bind().connection.cursor().execute(TABLE)
