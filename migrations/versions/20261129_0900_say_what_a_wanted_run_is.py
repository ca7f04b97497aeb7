"""Say what `wanted_at` is now: a claim takes the wish, so that no two clocks are compared."""

from alembic import op

revision = "20261129_0900"
down_revision = "20261129_0640"
branch_labels = None
depends_on = None

COMMENT = """
COMMENT ON COLUMN feed.wanted_at IS 'when somebody asked for a run since the last one began: run again';
"""


def upgrade() -> None:
    """Change the comment."""
    op.get_bind().connection.cursor().execute(COMMENT)
