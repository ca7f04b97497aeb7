"""Find sessions by their name, also those that called nothing: they were looked for among the newest calls alone."""

from alembic import op

revision = "20261130_1640"
down_revision = "20261130_1610"
branch_labels = None
depends_on = None

INDEXES = """
CREATE INDEX ix_issued_session_name ON issued_session (left(session_name, 64));
CREATE INDEX ix_issued_session_caller_name ON issued_session (left(caller_session_name, 64))
  WHERE caller_session_name IS NOT NULL;
"""


def upgrade() -> None:
    """Create the indexes, on every month."""
    op.get_bind().connection.cursor().execute(INDEXES)
