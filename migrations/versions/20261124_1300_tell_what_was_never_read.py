"""Tell what no rule could judge because a part was never read from what coverage hides."""

from alembic import op

revision = "20261124_1300"
down_revision = "20261124_0500"
branch_labels = None
depends_on = None

# For two days the first migration made the column: a database of those days has it already.
COLUMN = """
ALTER TABLE cannot_tell ADD COLUMN IF NOT EXISTS is_unread BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE cannot_tell ALTER COLUMN is_unread DROP DEFAULT;
COMMENT ON COLUMN cannot_tell.is_unread IS 'a part that the rule needs was never read';
"""


def upgrade() -> None:
    """Add the column."""
    op.get_bind().connection.cursor().execute(COLUMN)
