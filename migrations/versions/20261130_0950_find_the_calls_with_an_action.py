"""Find the calls with an action on a stream, or of a principal: all others were fetched too, to be left out."""

from alembic import op

revision = "20261130_0950"
down_revision = "20261130_0120"
branch_labels = None
depends_on = None

INDEXES = """
DROP INDEX ix_event_stream;
CREATE INDEX ix_event_stream ON event (account_id, stream_id, event_time DESC, event_id DESC, action_id);
DROP INDEX ix_event_principal;
CREATE INDEX ix_event_principal ON event (account_id, principal_id, event_time DESC, event_id DESC, action_id);
"""


def upgrade() -> None:
    """Create the indexes anew, on every month."""
    op.get_bind().connection.cursor().execute(INDEXES)
