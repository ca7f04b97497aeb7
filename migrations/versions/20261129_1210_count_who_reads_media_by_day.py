"""Count by day who reads media and of which streams: lists asked the rollup of all combinations, which grows."""

from alembic import op

revision = "20261129_1210"
down_revision = "20261129_1150"
branch_labels = None
depends_on = None

COUNTED = """
INSERT INTO roll_dim (account_id, kind, day, value, n, errors)
SELECT account_id, kind, day, cast(value AS text), cast(sum(n) AS bigint), cast(sum(errors) AS bigint)
FROM roll_day CROSS JOIN LATERAL (VALUES ('reader', principal_id), ('read_stream', stream_id)) AS of (kind, value)
WHERE value <> 0 AND action_id IN (SELECT id FROM action WHERE name IN
    ('ConnectAsViewer', 'GetClip', 'GetDASHStreamingSessionURL', 'GetHLSStreamingSessionURL', 'GetImages', 'GetMedia',
    'GetMediaForFragmentList', 'JoinStorageSessionAsViewer'))
GROUP BY account_id, kind, day, value;
COMMENT ON COLUMN roll_dim.kind IS
    'principal, stream, action, address, user_agent, error, region, key; of reads of media: reader, read_stream';
"""


def upgrade() -> None:
    """Count them from the rollup that has both."""
    op.get_bind().connection.cursor().execute(COUNTED)
