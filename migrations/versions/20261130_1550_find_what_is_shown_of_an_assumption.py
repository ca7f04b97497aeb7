"""Find what is shown of an assumption in any account: pages ask that, and read the rows of all accounts for it."""

from alembic import op

revision = "20261130_1550"
down_revision = "20261130_0950"
branch_labels = None
depends_on = None

INDEX = """
CREATE INDEX ix_assumption_seen_shown ON assumption_seen (assumption, call, verdict, account_id) WHERE NOT is_emulated
"""


def upgrade() -> None:
    """Create the index; the table has some dozen rows an account."""
    op.get_bind().connection.cursor().execute(INDEX)
