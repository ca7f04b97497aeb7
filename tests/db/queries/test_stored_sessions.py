from datetime import UTC, datetime

from app.db.queries.ingest import EventStore, Stored
from tests.builders.stored import arrival, rows
from tests.builders.trail import ACCOUNT, assume_role_record

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)


def test_it_stores_a_session_with_role_and_caller(app_engine):
    assert EventStore(app_engine).store([arrival(assume_role_record())], now=NOW) == Stored(sessions=1)
    found = rows(
        app_engine,
        """select r.arn, c.arn, s.access_key, s.caller_key, s.expires_at, a.source, a.name
           from issued_session s join principal r on r.id = role_id join principal c on c.id = caller_id
           join action a on a.id = action_id""",
    )
    expires = datetime(2026, 11, 1, 11, tzinfo=UTC)
    assert found == [
        (
            f"arn:aws:iam::{ACCOUNT}:role/media/Viewer",
            f"arn:aws:iam::{ACCOUNT}:user/ann",
            "ASIAVIEWER0000000001",
            "AKIAANN0000000000001",
            expires,
            "sts.amazonaws.com",
            "AssumeRole",
        )
    ]
    assert EventStore(app_engine).store([arrival(assume_role_record())], now=NOW) == Stored(duplicate_sessions=1)
