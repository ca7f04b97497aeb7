"""Count what feeds of CloudTrail records read, kept and rejected: what was skipped is told by the difference."""

from alembic import op

revision = "20261129_0358"
down_revision = "20261129_0355"
branch_labels = None
depends_on = None

COLUMNS = """
ALTER TABLE feed ADD COLUMN records_read BIGINT NOT NULL DEFAULT 0;
ALTER TABLE feed ADD COLUMN records_kept BIGINT NOT NULL DEFAULT 0;
ALTER TABLE feed ADD COLUMN records_rejected BIGINT NOT NULL DEFAULT 0;
COMMENT ON COLUMN feed.records_read IS 'since counting began; what is read again counts again';
"""


def upgrade() -> None:
    """Add the columns: counting begins now."""
    op.get_bind().connection.cursor().execute(COLUMNS)
