"""Say how far a backfill is in files and bytes, and let somebody stop it."""

from alembic import op

revision = "20261124_1700"
down_revision = "20261124_1310"
branch_labels = None
depends_on = None

COLUMNS = """
ALTER TABLE feed
    ADD COLUMN backfill JSONB,
    ADD COLUMN backfill_stopped_at TIMESTAMP WITH TIME ZONE;
COMMENT ON COLUMN feed.backfill IS 'files and bytes read of the past and left; null: nothing is known';
COMMENT ON COLUMN feed.backfill_stopped_at IS 'since when nothing of the past is read, because somebody said so';
"""


def upgrade() -> None:
    """Add the columns."""
    op.get_bind().connection.cursor().execute(COLUMNS)
