"""Keep what footage a call asked for, which records correct which, and what a change of permissions is about."""

from alembic import op

revision = "20261128_2030"
down_revision = "20261124_1700"
branch_labels = None
depends_on = None

COLUMNS = """
ALTER TABLE event
    ADD COLUMN footage TEXT,
    ADD COLUMN footage_clock TEXT,
    ADD COLUMN addendum_reason TEXT,
    ADD COLUMN superseded_by UUID;
COMMENT ON COLUMN event.footage IS 'what of the video asked for is known, see core.model.footage; null: none was';
COMMENT ON COLUMN event.footage_clock IS 'whose clock footage_from and footage_to are of: producer or server';
COMMENT ON COLUMN event.superseded_by IS 'event_id of the record that corrects this one: kept, and not counted';

CREATE TABLE addendum (
    account_id BIGINT NOT NULL,
    event_id UUID NOT NULL,
    event_time TIMESTAMP WITH TIME ZONE NOT NULL,
    root_id UUID NOT NULL,
    root_time TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_addendum PRIMARY KEY (account_id, event_id)
);
CREATE INDEX ix_addendum_root ON addendum (account_id, root_id);
COMMENT ON TABLE addendum IS 'records that correct another one';
COMMENT ON COLUMN addendum.root_id IS 'event_id of the first record, which this and perhaps others correct';
COMMENT ON COLUMN addendum.root_time IS 'its event_time; null: it is not stored';

CREATE TABLE access_change (
    account_id BIGINT NOT NULL,
    target TEXT NOT NULL,
    event_time TIMESTAMP WITH TIME ZONE NOT NULL,
    event_id UUID NOT NULL,
    CONSTRAINT pk_access_change PRIMARY KEY (account_id, target, event_time, event_id)
);
CREATE INDEX ix_access_change_event ON access_change (account_id, event_id);
COMMENT ON TABLE access_change IS 'what each stored change of permissions is about';
COMMENT ON COLUMN access_change.target IS 'role/name, user/name, group/name, an ARN …, in small letters';

ALTER TABLE addendum OWNER TO kvswatch_owner;
ALTER TABLE access_change OWNER TO kvswatch_owner;
GRANT SELECT, INSERT, UPDATE, DELETE ON addendum, access_change TO kvswatch_app;
GRANT SELECT ON addendum, access_change TO kvswatch_read;
"""


def upgrade() -> None:
    """Add the columns, which are empty, and the two tables."""
    op.get_bind().connection.cursor().execute(COLUMNS)
