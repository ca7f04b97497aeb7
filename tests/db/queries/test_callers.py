from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, text

from app.core.model.event import Actor, ActorKind, KeyKind
from app.core.model.scope import EVERYTHING, Scope
from app.core.stopping.measure import Target
from app.db.queries import callers as under_test
from app.db.queries.activity import Asked
from app.db.queries.callers import Played, callers, streams_of
from tests.builders.events import CLINIC, EVENT, NOW, ROLE, STREAM, event, store
from tests.builders.sessions import LONG_TERM, USER

DAY = timedelta(days=1)
AS_USER: dict[str, Any] = {
    "access_key": LONG_TERM,
    "key_kind": KeyKind.LONG_TERM,
    "actor": Actor(ActorKind.USER, USER, CLINIC),
}


@pytest.fixture
def connection(engine):
    with engine.begin() as connection:
        yield connection


def in_session(number: int, name: str, **changes: Any):
    return event(number, actor=Actor(ActorKind.ROLE, ROLE, CLINIC, name, changes.pop("person", None)), **changes)


def played(
    connection: Connection,
    most: int | None = None,
    *,
    target: Target | None = None,
    scope: Scope = EVERYTHING,
    without_key: str | None = None,
) -> Played:
    (region_id,) = connection.execute(text("select id from region where name = 'eu-central-1'")).scalars()
    asked = Asked("region_id", region_id, NOW - DAY, NOW, frozenset({CLINIC}))
    return callers(connection, scope, asked, target or Target(ROLE, CLINIC), most, without_key)


def test_sessions_of_one_name_are_one_caller_with_the_newest_key(connection):
    later = event(9, access_key="ASIA2", address="203.0.113.9", user_agent="curl")
    store(connection, [event(0), event(1), event(2, error_code="AccessDenied"), later])
    (only,) = played(connection).callers
    assert (only.key, only.user_agent, only.session) == ("ASIA2", "curl", "sync-job-7")
    assert (only.calls, only.reads, only.failed, only.many) == (4, 3, 1, 1)
    assert (only.principal, only.is_long_term, only.last_at) == (ROLE, False, later.event_time)


def test_whoever_shares_a_long_term_key_is_told_apart_by_address_and_program(connection):
    thief = event(9, address="203.0.113.9", user_agent="python-requests", **AS_USER)
    store(connection, [thief, *(event(n, action="PutMedia", **AS_USER) for n in range(3))])
    found = played(connection).callers
    assert {(one.key, one.address, one.user_agent, one.calls, one.reads) for one in found} == {
        (LONG_TERM, EVENT.address, EVENT.user_agent, 3, 0),
        (LONG_TERM, "203.0.113.9", "python-requests", 1, 1),
    }


def test_people_of_one_session_name_are_told_apart(connection):
    store(connection, [in_session(0, "s", person="ann"), in_session(1, "s", person="ben"), in_session(2, "s")])
    assert {one.person for one in played(connection).callers} == {"ann", "ben", None}


def test_calls_that_are_none_of_kinesis_video_streams_are_counted_apart(connection):
    alone = {"action": "PutRolePolicy", "source": "iam.amazonaws.com", "stream": None}
    store(connection, [event(0), event(1, **alone), event(2, error_code="AccessDenied", **alone)])
    (only,) = played(connection).callers
    assert (only.calls, only.failed, only.others, only.others_failed) == (3, 1, 2, 1)
    assert (only.last_at, only.kvs_at) == (event(2).event_time, EVENT.event_time)


def test_calls_with_a_key_that_was_asked_for_alone_can_be_left_out(connection):
    store(connection, [event(0), event(1, access_key="ASIA2"), event(2, access_key=None)])
    (only,) = played(connection, without_key=EVENT.access_key).callers
    assert only.calls == 2


def test_the_streams_of_each_caller_are_those_on_which_it_was_answered(connection, monkeypatch: pytest.MonkeyPatch):
    other, thief = STREAM.replace("ward-3-corridor", "gate"), {"address": "203.0.113.9", **AS_USER}
    store(connection, [event(0, **AS_USER), event(1, **AS_USER), event(2, stream=other, **AS_USER)])
    refused = event(3, stream=STREAM.replace("ward-3-corridor", "lab"), error_code="AccessDenied", **AS_USER)
    store(
        connection, [refused, event(4, stream=None, action="ListStreams", **AS_USER), event(5, stream=other, **thief)]
    )
    names = dict(connection.execute(text("select id, name from stream where id <> 0")).all())
    found = {one.address: {names[ident] for ident in one.streams} for one in played(connection).callers}
    assert found == {EVENT.address: {"ward-3-corridor", "gate"}, "203.0.113.9": {"gate"}}
    monkeypatch.setattr(under_test, "MOST_CALLERS", 1)
    assert [len(one.streams) for one in played(connection).callers] == [2, 0]


def test_streams_are_named_within_the_scope_and_a_name_alone_is_its_stream(connection):
    store(connection, [event(0), event(1, stream="ward-3-corridor", action="GetDataEndpoint")])
    (only,) = played(connection).callers
    found = streams_of(connection, EVERYTHING, only.streams)
    (own,) = [ident for ident, one in found.items() if one.arn]
    assert [(one.name, one.own) for one in found.values()] == [("ward-3-corridor", own)] * 2
    assert streams_of(connection, Scope(frozenset({1})), only.streams) == {}


def test_only_the_newest_are_played_back_and_it_says_so(connection):
    store(connection, [event(n) for n in range(5)])
    found = played(connection, 3)
    assert (found.calls, found.since, found.is_cut) == (3, event(2).event_time, True)


@pytest.mark.parametrize("most", [5, 6, None])
def test_where_all_were_played_back_nothing_is_cut(connection, most: int | None):
    store(connection, [event(n) for n in range(5)])
    found = played(connection, most)
    assert (found.calls, found.since, found.is_cut) == (5, EVENT.event_time, False)


def test_beyond_the_most_callers_none_is_lost_and_the_target_s_own_stand_alone(connection, monkeypatch):
    monkeypatch.setattr(under_test, "MOST_CALLERS", 1)
    busy = [in_session(n, "busy") for n in range(5)]
    others = [in_session(10 + n, f"s{n}", person="ann" if n == 3 else None) for n in range(5)]
    keys = [event(20 + n, address=f"203.0.113.{n}", **AS_USER) for n in range(2)]
    store(connection, [*busy, *others, *keys])
    target = Target(ROLE, CLINIC, session="s4", person="ann")
    found = played(connection, target=target).callers
    assert {(one.session, one.person, one.key if one.is_long_term else None, one.many, one.calls) for one in found} == {
        ("busy", None, None, 1, 5),
        ("", None, None, 3, 3),
        ("", "ann", None, 1, 1),
        ("s4", None, None, 1, 1),
        (None, None, LONG_TERM, 2, 2),
    }


def test_another_s_accounts_are_not_told(connection):
    store(connection, [event(0)])
    assert played(connection, scope=Scope(frozenset({1}))).callers == ()
