"""Tell who may assume which role: one row a way in, and what the rows of an account were computed from."""

from alembic import op

revision = "20261124_0400"
down_revision = "20261123_2100"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE role_entry (
    account_id BIGINT NOT NULL,
    role_id INTEGER NOT NULL,
    source TEXT NOT NULL,
    kind TEXT NOT NULL,
    source_id INTEGER,
    source_account BIGINT,
    outcome TEXT NOT NULL,
    condition_keys TEXT[] NOT NULL,
    is_named BOOLEAN NOT NULL,
    statement INTEGER,
    sid TEXT,
    CONSTRAINT pk_role_entry PRIMARY KEY (account_id, role_id, source)
);
CREATE INDEX ix_role_entry_source ON role_entry (source_id);

CREATE TABLE role_entry_state (
    account_id BIGINT NOT NULL,
    evaluated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    input_hash BYTEA NOT NULL,
    accounts BIGINT[] NOT NULL,
    CONSTRAINT pk_role_entry_state PRIMARY KEY (account_id)
);

COMMENT ON COLUMN role_entry.account_id IS 'the role''s';
COMMENT ON COLUMN role_entry.role_id IS 'a principal';
COMMENT ON COLUMN role_entry.source IS 'ARN of a principal or provider, name of a service, *';
COMMENT ON COLUMN role_entry.kind IS 'what the trust policy names, see core.model.entry';
COMMENT ON COLUMN role_entry.source_id IS 'the source as a principal, where its policies were read';
COMMENT ON COLUMN role_entry.is_named IS 'named by its own account: needs no identity policy';
COMMENT ON COLUMN role_entry.statement IS 'of the trust policy, from 0';
COMMENT ON COLUMN role_entry_state.input_hash IS 'of the snapshot versions it was built from';
COMMENT ON COLUMN role_entry_state.accounts IS 'whose policies decide who gets in';

ALTER TABLE role_entry OWNER TO kvswatch_owner;
ALTER TABLE role_entry_state OWNER TO kvswatch_owner;
GRANT SELECT, INSERT, UPDATE, DELETE ON role_entry, role_entry_state TO kvswatch_app;
GRANT SELECT ON role_entry, role_entry_state TO kvswatch_read;
"""


def upgrade() -> None:
    """Create the two tables."""
    op.get_bind().connection.cursor().execute(TABLES)
