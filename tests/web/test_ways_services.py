"""The AWS services on `/streams/{id}`."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection, Engine
from starlette.testclient import TestClient

from app.core.model.entry import Entry, TrustedKind
from app.core.model.event import Actor, ActorKind, KeyKind
from app.core.model.grant import Grant, Outcome
from app.db.queries.entries import store_entries
from app.db.queries.grants import store_matrix
from tests.builders.accounts import CLINIC, NOW, make_account
from tests.builders.calls import make_stream, stream_arn
from tests.builders.events import ROLE, event, store
from tests.builders.ways import way_of


@pytest.mark.parametrize(
    ("change", "row"),
    [
        ({"invoked_by": "rekognition.amazonaws.com"}, "1 service seen"),
        ({"actor": Actor(ActorKind.SERVICE, "rekognition.amazonaws.com", None), "key_kind": KeyKind.NONE}, "1 service"),
        ({"invoked_by": "lambda.amazonaws.com"}, "none seen"),
        ({}, "none seen"),
    ],
    ids=["on behalf", "by itself", "one that only runs programs", "nobody's service"],
)
def test_a_service_that_reads_is_named_with_its_newest_call(
    client: TestClient, engine: Engine, change: dict[str, object], row: str
) -> None:
    with engine.begin() as connection:
        make_account(connection)
        stream = make_stream(connection, "ward-3")
        at = NOW - timedelta(hours=2)
        store(connection, [event(1, event_time=at, stream=stream_arn(connection, stream), **change)])
    found = way_of(client, stream, "AWS services")
    assert row in found
    assert ("rekognition.amazonaws.com [/events?event=" in found) == ("1 service" in row)


def test_where_nothing_was_logged_no_service_is_not_nobody(client: TestClient, estate: dict[str, int]) -> None:
    assert "not observable" in way_of(client, estate["old-0"], "AWS services")


def test_what_a_service_was_refused_it_did_not_read(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        stream = make_stream(connection, "ward-3")
        by_service = {"invoked_by": "rekognition.amazonaws.com", "error_code": "AccessDenied"}
        at = NOW - timedelta(hours=2)
        store(connection, [event(1, event_time=at, stream=stream_arn(connection, stream), **by_service)])
    assert "none seen" in way_of(client, stream, "AWS services")


def granted(connection: Connection) -> int:
    """Return a stream that a role may watch."""
    make_account(connection)
    stream = make_stream(connection, "ward-3")
    may = Grant(ROLE, "GetMedia", Outcome.ALLOW, (stream_arn(connection, stream),))
    store_matrix(connection, CLINIC, [may], [], evaluator=1, inputs=b"x", now=NOW)
    return stream


def test_where_no_policies_or_trusts_were_read_nobody_is_not_none(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        stream = granted(connection)
        other = make_stream(connection, "gate", make_account(connection, 771400253968))
    assert "not known of 1 role, whose trust was not read" in way_of(client, stream, "AWS services")
    assert "not known no policies were judged on it" in way_of(client, other, "AWS services")


def test_of_many_services_that_are_let_in_the_rest_is_counted(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        stream = granted(connection)
        names = [f"s{n}.amazonaws.com" for n in range(7)]
        let_in = [Entry(ROLE, TrustedKind.SERVICE, name, None, Outcome.ALLOW) for name in names]
        store_entries(connection, CLINIC, let_in, inputs=b"x", accounts={CLINIC}, now=NOW)
    found = way_of(client, stream, "AWS services")
    assert "trusts s4.amazonaws.com 2 more" in found
    assert "s5.amazonaws.com" not in found


def test_a_trust_that_cannot_be_read_lets_in_nobody_knows_whom(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        stream = granted(connection)
        unread = Entry(ROLE, TrustedKind.UNREADABLE, "", None, Outcome.UNKNOWN)
        store_entries(connection, CLINIC, [unread], inputs=b"x", accounts={CLINIC}, now=NOW)
    assert "not known of 1 role, whose trust was not read" in way_of(client, stream, "AWS services")
