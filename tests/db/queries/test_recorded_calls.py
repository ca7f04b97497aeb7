from datetime import timedelta

from sqlalchemy import Connection, Engine

from app.core.model.scope import EVERYTHING, Scope
from app.db.queries.recorded_calls import first_day_of_calls, recorded_calls
from tests.builders.accounts import CLINIC, NOW, make_account
from tests.builders.calls import dimension, make_calls, make_principal, make_stream, stream_arn

ARN = f"arn:aws:iam::{CLINIC}:role/Analyst"
DAYS = ((NOW - timedelta(days=7)).date(), NOW.date())
EARLIER = NOW - timedelta(days=3)


def _seed(connection: Connection) -> str:
    make_account(connection)
    who, stream = make_principal(connection, "Analyst"), make_stream(connection, "a")
    make_calls(connection, "GetMedia", 5, principal_id=who, stream_id=stream, errors=2)
    make_calls(connection, "GetMedia", 4, EARLIER, principal_id=who, stream_id=stream)
    make_calls(connection, "GetMedia", 9, NOW - timedelta(days=8), principal_id=who, stream_id=stream)
    make_calls(connection, "ListStreams", 1, principal_id=who)
    make_calls(connection, "GetMedia", 3, principal_id=make_principal(connection, "Other"), stream_id=stream)
    named = dimension(connection, "stream", account_id=CLINIC, region="eu-west-1", kind="stream", name="b", arn=None)
    make_calls(connection, "PutMedia", 6, principal_id=who, stream_id=named)
    return stream_arn(connection, stream)


def test_calls_are_summed_by_action_and_stream(engine: Engine) -> None:
    with engine.begin() as connection:
        arn = _seed(connection)
        found = recorded_calls(connection, EVERYTHING, CLINIC, ARN, DAYS)
    assert [(c.action, c.region, c.kind, c.stream_name, c.stream_arn, c.n, c.failed) for c in found] == [
        ("GetMedia", "eu-central-1", "stream", "a", arn, 7, 2),
        ("ListStreams", None, None, None, None, 1, 0),
        ("PutMedia", "eu-west-1", "stream", "b", None, 6, 0),
    ]
    assert (found[0].first_at, found[0].last_at) == (EARLIER, NOW)


def test_a_stranger_sees_none(engine: Engine) -> None:
    stranger = Scope(frozenset({1}))
    with engine.begin() as connection:
        _seed(connection)
        assert recorded_calls(connection, stranger, CLINIC, ARN, DAYS) == ()
        assert first_day_of_calls(connection, stranger, CLINIC) is None


def test_it_tells_since_when_calls_are_stored(engine: Engine) -> None:
    with engine.begin() as connection:
        _seed(connection)
        assert first_day_of_calls(connection, EVERYTHING, CLINIC) == (NOW - timedelta(days=8)).date()
        assert first_day_of_calls(connection, EVERYTHING, 1) is None
