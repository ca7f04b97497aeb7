"""Count beside the first and the last use how many there were: the matrix tells it of each cell."""

from alembic import op

revision = "20261129_1500"
down_revision = "20261129_1210"
branch_labels = None
depends_on = None

# Of days that were dropped nothing can be counted: the first use is then that of the days that are left.
COUNTED = """
ALTER TABLE roll_use ADD COLUMN n bigint DEFAULT 0 NOT NULL;
COMMENT ON COLUMN roll_use.n IS 'calls that were not refused, from first_at';
UPDATE roll_use u SET n = d.n, first_at = greatest(u.first_at, d.first_seen)
FROM (SELECT account_id, principal_id, action_id, sum(n - errors) AS n, min(first_seen) AS first_seen
      FROM roll_day WHERE n > errors GROUP BY 1, 2, 3) d
WHERE (u.account_id, u.principal_id, u.action_id) = (d.account_id, d.principal_id, d.action_id);
"""


def upgrade() -> None:
    """Add the column and fill it from the days."""
    op.get_bind().connection.cursor().execute(COUNTED)
