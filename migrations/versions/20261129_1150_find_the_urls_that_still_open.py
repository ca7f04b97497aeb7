"""Find the playback URLs that still open: they are few, and were looked for among all calls of twelve hours."""

from alembic import op

revision = "20261129_1150"
down_revision = "20261129_0900"
branch_labels = None
depends_on = None

INDEX = """
CREATE INDEX ix_event_url ON event (account_id, event_time) WHERE url_expires_s IS NOT NULL;
"""


def upgrade() -> None:
    """Create the index, on every month."""
    op.get_bind().connection.cursor().execute(INDEX)
