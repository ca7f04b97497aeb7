"""Keep which record of a role session another one corrects, so that chains go by the corrected one."""

from alembic import op

revision = "20261129_0355"
down_revision = "20261129_0350"
branch_labels = None
depends_on = None

COLUMN = """
ALTER TABLE issued_session ADD COLUMN addendum_of TEXT;
COMMENT ON COLUMN issued_session.addendum_of IS 'ID of the record that this one corrects';
CREATE INDEX ix_issued_session_addendum ON issued_session (account_id, addendum_of) WHERE addendum_of IS NOT NULL;
"""


def upgrade() -> None:
    """Add the column, which is empty: sessions of before correct nothing that is known."""
    op.get_bind().connection.cursor().execute(COLUMN)
