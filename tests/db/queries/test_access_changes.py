from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import Connection, Engine

from app.core.model.scope import EVERYTHING, Scope
from app.core.query.cursor import EventKey
from app.db.queries.access_changes import changes_of, newest_changes, targets_of_event
from tests.builders.events import CLINIC, NOW, ROLE, change, event, store

SINCE = NOW - timedelta(days=1)
ATTACH = change(1, "AttachRolePolicy", "role/viewer", "arn:aws:iam::aws:policy/readonlyaccess")
DENIED = change(2, "PutRolePolicy", "role/viewer", error_code="AccessDenied")
OTHER = change(3, "PutRolePolicy", "role/other")


@pytest.fixture
def connection(engine):
    with engine.begin() as connection:
        store(connection, [event(0), ATTACH, DENIED, OTHER])
        yield connection


def ids(found):
    return [str(one.key.event_id) for one in found]


def test_the_changes_of_a_principal_come_newest_first_with_refused_ones(connection: Connection):
    found = changes_of(connection, EVERYTHING, CLINIC, ["role/viewer"], SINCE, 10)
    assert ids(found) == [DENIED.event_id, ATTACH.event_id]
    assert [(one.action, one.error_code) for one in found] == [
        ("PutRolePolicy", "AccessDenied"),
        ("AttachRolePolicy", None),
    ]
    assert (found[1].who, found[1].session_name, found[1].source) == (ROLE, "sync-job-7", "iam.amazonaws.com")
    assert found[1].targets == ("arn:aws:iam::aws:policy/readonlyaccess", "role/viewer")


def test_a_change_that_is_about_two_of_them_is_one(connection: Connection):
    found = changes_of(connection, EVERYTHING, CLINIC, list(ATTACH.targets), SINCE, 10)
    assert ids(found) == [DENIED.event_id, ATTACH.event_id]


@pytest.mark.parametrize(
    ("scope", "account", "since", "limit", "n"),
    [
        (EVERYTHING, CLINIC, SINCE, 1, 1),
        (EVERYTHING, CLINIC, NOW, 10, 0),
        (EVERYTHING, 1, SINCE, 10, 0),
        (Scope(frozenset({1})), CLINIC, SINCE, 10, 0),
    ],
    ids=["limit", "since", "another account", "another scope"],
)
def test_it_keeps_to_account_time_scope_and_limit(connection: Connection, scope, account, since, limit, n):
    assert len(changes_of(connection, scope, account, ["role/viewer"], since, limit)) == n


def test_what_was_stored_twice_is_there_once(connection: Connection):
    store(connection, [ATTACH])
    assert len(changes_of(connection, EVERYTHING, CLINIC, ["role/viewer"], SINCE, 10)) == 2


@pytest.mark.parametrize(("one", "n"), [(ATTACH, 2), (OTHER, 1), (event(0), 0)], ids=["two", "one", "no change"])
def test_an_event_tells_what_it_is_about(connection: Connection, one, n):
    key = EventKey(one.event_time, UUID(one.event_id), one.account)
    assert targets_of_event(connection, EVERYTHING, key) == tuple(sorted(one.targets))
    assert len(one.targets) == n
    assert targets_of_event(connection, Scope(frozenset({1})), key) == ()


def test_of_each_target_the_newest_change_that_went_through_is_told(engine: Engine):
    earlier = change(0, "CreateRole", "role/viewer")
    with engine.begin() as connection:
        store(connection, [earlier, ATTACH, DENIED, OTHER])
        found = newest_changes(connection, EVERYTHING, CLINIC, ["role/viewer", "role/other", "role/none"], SINCE, NOW)
        before = newest_changes(connection, EVERYTHING, CLINIC, ["role/viewer"], SINCE, ATTACH.event_time)
        elsewhere = newest_changes(connection, Scope(frozenset({1})), CLINIC, ["role/viewer"], SINCE, NOW)
        later = newest_changes(connection, EVERYTHING, CLINIC, ["role/viewer"], NOW, NOW)
    assert {target: str(one.key.event_id) for target, one in found.items()} == {
        "role/viewer": ATTACH.event_id,
        "role/other": OTHER.event_id,
    }
    assert (elsewhere, later) == ({}, {})
    assert [str(one.key.event_id) for one in before.values()] == [earlier.event_id]
