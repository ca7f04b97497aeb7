"""What IAM saw of a key that no stored call tells of: on its page and on that of how to stop it."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from app.core.model.event import Actor, ActorKind, KeyKind
from app.core.model.principal import AccessKey
from app.core.parts import AccessKeys
from app.db.queries.snapshots import store_part
from tests.builders.accounts import CLINIC, NOW, make_account
from tests.builders.events import change, event, store
from tests.builders.sessions import LONG_TERM, USER, issued, store_issued

LONG = {"access_key": LONG_TERM, "key_kind": KeyKind.LONG_TERM, "actor": Actor(ActorKind.USER, USER, CLINIC)}


@pytest.mark.parametrize(
    ("last_used", "service", "is_told"),
    [
        (timedelta(hours=20), "kinesisvideo", True),
        (timedelta(hours=20), "s3", False),
        (timedelta(minutes=30), "kinesisvideo", False),  # its record may be under way
        (timedelta(days=40), "kinesisvideo", False),  # before the calls that are played back
    ],
)
def test_a_use_that_iam_saw_and_no_record_tells_of_is_said(
    client: TestClient, engine: Engine, last_used: timedelta, service: str, *, is_told: bool
):
    key = AccessKey(LONG_TERM, True, NOW - timedelta(days=90), NOW - last_used, service)
    with engine.begin() as connection:
        make_account(connection)
        store_part(connection, CLINIC, "access_keys", "", AccessKeys(((USER, (key,)),)), NOW)
    said = f"IAM saw a use of {LONG_TERM} for kinesisvideo on {key.last_used_at:%Y-%m-%d %H:%MZ}, and no stored call"
    assert (said in client.get(f"/keys/{LONG_TERM}/stop").text) is is_told
    days = "no stored call tells of that" in client.get(f"/keys/{LONG_TERM}?from=now-30d").text
    assert days is is_told
    with engine.begin() as connection:
        store(connection, [event(0, event_time=NOW - last_used, **LONG)])
    assert said not in client.get(f"/keys/{LONG_TERM}/stop").text


def test_neither_a_role_that_was_taken_nor_a_change_tells_of_a_call_of_kvs(client: TestClient, engine: Engine):
    key = AccessKey(LONG_TERM, True, NOW - timedelta(days=90), NOW - timedelta(days=2), "kinesisvideo")
    other = change(1, "PutRolePolicy", USER, event_time=NOW - timedelta(days=1), **LONG)
    with engine.begin() as connection:
        make_account(connection)
        store_part(connection, CLINIC, "access_keys", "", AccessKeys(((USER, (key,)),)), NOW)
        store(connection, [event(0, event_time=NOW - timedelta(days=9), **LONG), other])
        store_issued(connection, [issued(event_time=NOW - timedelta(hours=2))])
    assert f"IAM saw a use of {LONG_TERM} for kinesisvideo on" in client.get(f"/keys/{LONG_TERM}/stop").text
