"""Keep counts longer than their calls, if that is wanted: so far they were deleted with them."""

from alembic import op

revision = "20261130_1700"
down_revision = "20261130_1650"
branch_labels = None
depends_on = None

COUNTS = """
COMMENT ON COLUMN retention.what IS 'event, event_raw or count';
INSERT INTO retention (what, dropped_before, days, dropped_at)
SELECT 'count', dropped_before, days, dropped_at FROM retention WHERE what = 'event';
"""


def upgrade() -> None:
    """Write down from before when counts are gone."""
    op.get_bind().connection.cursor().execute(COUNTS)
