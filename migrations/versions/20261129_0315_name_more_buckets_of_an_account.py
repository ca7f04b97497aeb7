"""Name more buckets of one account that log files are read from."""

from alembic import op

revision = "20261129_0315"
down_revision = "20261129_0240"
branch_labels = None
depends_on = None

COLUMN = """
ALTER TABLE account ADD COLUMN more_log_buckets TEXT[] DEFAULT '{}' NOT NULL;
COMMENT ON COLUMN account.more_log_buckets IS 'buckets with log files beside log_bucket, each a feed of its own';
"""


def upgrade() -> None:
    """Add the column: an account has no more than its one bucket until it is said."""
    op.get_bind().connection.cursor().execute(COLUMN)
