"""Find rejected records by their file and by when: what was lost within a log file is a gap of its hours too."""

from alembic import op

revision = "20261129_0350"
down_revision = "20261129_0340"
branch_labels = None
depends_on = None

INDEXES = """
CREATE INDEX ix_rejected_record_in_s3 ON rejected_record (rejected_at) WHERE origin LIKE 's3://%';
CREATE INDEX ix_rejected_record_name ON rejected_record (split_part(origin, '/', -1));
"""


def upgrade() -> None:
    """Add the indexes. The ones of whole files stay for the release of before."""
    op.get_bind().connection.cursor().execute(INDEXES)
