"""${message}."""

from alembic import op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Small, and safe beside the previous release: add, fill, switch; drop in a later one."""
    op.execute("""
    """)
