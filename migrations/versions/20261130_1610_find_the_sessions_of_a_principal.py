"""Find the sessions that a principal took, and those that were taken of a role: only those of a key were found."""

from alembic import op

revision = "20261130_1610"
down_revision = "20261130_1600"
branch_labels = None
depends_on = None

INDEXES = """
CREATE INDEX ix_issued_session_caller ON issued_session (caller_id, event_time)
  WHERE caller_kind <> 'service';
CREATE INDEX ix_issued_session_role ON issued_session (role_id, event_time);
"""


def upgrade() -> None:
    """Create the indexes, on every month."""
    op.get_bind().connection.cursor().execute(INDEXES)
