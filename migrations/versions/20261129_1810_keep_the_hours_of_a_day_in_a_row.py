"""Keep the hours of a day in one row of roll_hour: charts of all accounts added up 24 times as many.

The calls of an action on a day, which it tells too, were kept beside it.
"""

from alembic import op

revision = "20261129_1810"
down_revision = "20261129_1500"
branch_labels = None
depends_on = None

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
SELECT account_id, day, action_id, sum(b.n), sum(b.errors), array_agg(coalesce(b.n, 0) ORDER BY hour_of_day),
  array_agg(coalesce(b.errors, 0) ORDER BY hour_of_day)
FROM (SELECT DISTINCT account_id, action_id, (hour AT TIME ZONE 'UTC')::date AS day FROM roll_hour_before) days
CROSS JOIN generate_series(0, 23) AS hour_of_day
LEFT JOIN (SELECT account_id, action_id, (hour AT TIME ZONE 'UTC')::date AS day,
             date_part('hour', hour AT TIME ZONE 'UTC')::integer AS hour_of_day, n, errors FROM roll_hour_before) b
  USING (account_id, action_id, day, hour_of_day)
GROUP BY 1, 2, 3 ORDER BY 2;
DROP TABLE roll_hour_before;
ANALYZE roll_hour;
COMMENT ON COLUMN roll_dim.kind IS
  'principal, stream, address, user_agent, error, region, key; of reads of media: reader, read_stream';
DELETE FROM roll_dim WHERE kind = 'action';
GRANT SELECT, INSERT, UPDATE, DELETE ON roll_hour TO kvswatch_app;
GRANT SELECT ON roll_hour TO kvswatch_read;
"""


def upgrade() -> None:
    """Make the table anew of what it held."""
    op.get_bind().connection.cursor().execute(DAYS)
