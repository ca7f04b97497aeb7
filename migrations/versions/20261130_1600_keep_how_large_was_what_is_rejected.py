"""Keep how large what is rejected was: of a large record the beginning is kept, and a limit may be raised."""

from alembic import op

revision = "20261130_1600"
down_revision = "20261130_1550"
branch_labels = None
depends_on = None

COLUMN = """
ALTER TABLE rejected_record ADD COLUMN size BIGINT;
COMMENT ON COLUMN rejected_record.size IS 'bytes of all of it; of a file: it is too large, and has at least so many';
CREATE INDEX ix_rejected_record_too_large ON rejected_record (size)
  WHERE place = 'the whole file' AND size IS NOT NULL;
UPDATE rejected_record SET size = 268435457
WHERE place = 'the whole file' AND reason LIKE '%, the limit: kvswatch ingest --limit-mb takes larger ones from disk';
"""


def upgrade() -> None:
    """Add it, and fill it of files that were over the limit that there was: 256 MB."""
    op.get_bind().connection.cursor().execute(COLUMN)
