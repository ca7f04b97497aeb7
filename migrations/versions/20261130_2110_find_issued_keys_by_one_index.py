"""Find issued keys by one index: a key names its sessions in whichever account, and few sessions have the same one."""

from alembic import op

revision = "20261130_2110"
down_revision = "20261130_1700"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Drop the index that begins with the account: each session that is stored was entered in both."""
    op.execute("DROP INDEX ix_issued_session_access_key")
