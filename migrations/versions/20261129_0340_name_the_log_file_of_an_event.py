"""Name the log file that an event was read from, so that lists and files tell what proves it without its raw record."""

from alembic import op

revision = "20261129_0340"
down_revision = "20261129_0330"
branch_labels = None
depends_on = None

COLUMNS = """
ALTER TABLE event ADD COLUMN log_file BIGINT;
COMMENT ON COLUMN event.log_file IS 'number of the log file in S3 that it was read from; null: none is known';
ALTER TABLE log_file ADD COLUMN number BIGINT;
COMMENT ON COLUMN log_file.number IS 'made from its origin: what events name it by; null: no event of it does';
CREATE INDEX ix_log_file_number ON log_file (account_id, number);
"""


def upgrade() -> None:
    """Add the columns, which are empty: events of before have no log file that is known."""
    op.get_bind().connection.cursor().execute(COLUMNS)
