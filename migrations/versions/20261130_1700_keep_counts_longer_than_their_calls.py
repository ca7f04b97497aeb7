"""Keep counts longer than their calls, if that is wanted: so far they were deleted with them."""

from alembic import op

revision = "20261130_1700"
down_revision = "20261130_1650"
branch_labels = None
depends_on = None

COUNTED = """
CREATE TABLE counted_day (
  account_id BIGINT NOT NULL,
  day DATE NOT NULL,
  CONSTRAINT pk_counted_day PRIMARY KEY (account_id, day)
);
CREATE INDEX ix_counted_day_day ON counted_day (day);
COMMENT ON TABLE counted_day IS 'days whose events were dropped while their counts are kept';

ALTER TABLE counted_day OWNER TO kvswatch_owner;
GRANT SELECT, INSERT, UPDATE, DELETE ON counted_day TO kvswatch_app;
GRANT SELECT ON counted_day TO kvswatch_read;
"""


def upgrade() -> None:
    """Create the table; of what was dropped so far the counts went, too."""
    op.get_bind().connection.cursor().execute(COUNTED)
