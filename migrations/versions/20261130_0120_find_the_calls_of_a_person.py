"""Find the calls of a person: the few of one were looked for among all that were made in the range."""

from alembic import op

revision = "20261130_0120"
down_revision = "20261129_1810"
branch_labels = None
depends_on = None

INDEX = """
CREATE INDEX ix_event_person ON event (person, event_time DESC, event_id DESC) WHERE person IS NOT NULL;
"""


def upgrade() -> None:
    """Create the index, on every month."""
    op.get_bind().connection.cursor().execute(INDEX)
