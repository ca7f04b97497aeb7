"""Name the queue that announces an account's log files, and how else its logs are reached."""

from alembic import op

revision = "20261129_0220"
down_revision = "20261128_2030"
branch_labels = None
depends_on = None

COLUMNS = """
ALTER TABLE account
    ADD COLUMN log_queue TEXT,
    ADD COLUMN log_group TEXT,
    ADD COLUMN log_endpoint TEXT,
    ADD COLUMN log_profile TEXT,
    ADD COLUMN log_requester_pays BOOLEAN DEFAULT false NOT NULL;
COMMENT ON COLUMN account.log_queue IS 'ARN of the queue that announces log files of log_bucket';
COMMENT ON COLUMN account.log_group IS 'ARN of the log group of CloudWatch Logs that a trail delivers to';
COMMENT ON COLUMN account.log_endpoint IS 'URL of an S3 that is not AWS''s public one, for log_bucket';
COMMENT ON COLUMN account.log_profile IS 'profile of the AWS configuration files with the credentials for it';
COMMENT ON COLUMN account.log_requester_pays IS 'whether we pay for what is read of log_bucket';
"""


def upgrade() -> None:
    """Add the columns: an account that has none of them is read as before."""
    op.get_bind().connection.cursor().execute(COLUMNS)
