"""The AWS services on `/streams/{id}`."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from app.core.model.event import Actor, ActorKind, KeyKind
from tests.builders.accounts import NOW, make_account
from tests.builders.calls import make_stream, stream_arn
from tests.builders.events import event, store
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
