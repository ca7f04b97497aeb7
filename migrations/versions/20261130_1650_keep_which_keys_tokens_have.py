"""Keep which keys GetSessionToken gave out: a call with one shows where a user's temporary key comes from."""

from alembic import op

revision = "20261130_1650"
down_revision = "20261130_1640"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE issued_token (
    account_id BIGINT NOT NULL,
    access_key TEXT NOT NULL,
    event_time TIMESTAMP WITH TIME ZONE NOT NULL,
    event_id UUID NOT NULL,
    is_of_long_term BOOLEAN NOT NULL,
    is_emulated BOOLEAN NOT NULL,
    CONSTRAINT pk_issued_token PRIMARY KEY (account_id, access_key)
);
COMMENT ON TABLE issued_token IS
    'keys that GetSessionToken gave out, whose records are not kept: an assumption is checked by them';
COMMENT ON COLUMN issued_token.is_of_long_term IS 'asked for with a user''s long-term key';
COMMENT ON COLUMN issued_token.is_emulated IS 'shown by a record that the demo made';

ALTER TABLE issued_token OWNER TO kvswatch_owner;
GRANT SELECT, INSERT, UPDATE, DELETE ON issued_token TO kvswatch_app;
GRANT SELECT ON issued_token TO kvswatch_read;
"""


def upgrade() -> None:
    """Add the table, empty: files that were read already are looked at when they come again."""
    op.get_bind().connection.cursor().execute(TABLE)
