"""Keep the hours of a day in one row of roll_hour: charts of all accounts added up 24 times as many.

The calls of an action on a day, which it tells too, are counted in roll_dim no more. Those rows stay, and go with
retention: a page of the release before that still runs tells of them, and not of none.
"""

from alembic import op

revision = "20261129_1810"
down_revision = "20261129_1500"
branch_labels = None
depends_on = None

_EACH_HOUR = ", ".join(f"coalesce(sum(COUNT) FILTER (WHERE hour_of_day = {hour}), 0)" for hour in range(24))
DAYS = """
ALTER TABLE roll_hour RENAME TO roll_hour_before;
ALTER TABLE roll_hour_before RENAME CONSTRAINT pk_roll_hour TO pk_roll_hour_before;
CREATE TABLE roll_hour (
    account_id bigint NOT NULL,
    day date NOT NULL,
    action_id integer NOT NULL,
    n bigint NOT NULL,
    errors bigint NOT NULL,
    hourly integer[] NOT NULL,
    hourly_errors integer[] NOT NULL,
    CONSTRAINT pk_roll_hour PRIMARY KEY (account_id, day, action_id)
);
COMMENT ON COLUMN roll_hour.hourly IS 'the 24 hours of n, UTC';
COMMENT ON COLUMN roll_hour.hourly_errors IS 'the 24 hours of errors, UTC';
INSERT INTO roll_hour
SELECT account_id, day, action_id, sum(n), sum(errors), array[EACH_N], array[EACH_ERROR]
FROM (SELECT account_id, action_id, (hour AT TIME ZONE 'UTC')::date AS day,
        date_part('hour', hour AT TIME ZONE 'UTC') AS hour_of_day, n, errors FROM roll_hour_before) calls
GROUP BY 1, 2, 3 ORDER BY 2;
DROP TABLE roll_hour_before;
ALTER TABLE roll_hour OWNER TO kvswatch_owner;
GRANT SELECT, INSERT, UPDATE, DELETE ON roll_hour TO kvswatch_app;
GRANT SELECT ON roll_hour TO kvswatch_read;
COMMENT ON COLUMN roll_dim.kind IS
  'principal, stream, address, user_agent, error, region, key; of reads of media: reader, read_stream';
ANALYZE roll_hour;
"""


def upgrade() -> None:
    """Make the table anew of what it held."""
    filled = DAYS.replace("EACH_N", _EACH_HOUR.replace("COUNT", "n"))
    op.get_bind().connection.cursor().execute(filled.replace("EACH_ERROR", _EACH_HOUR.replace("COUNT", "errors")))
