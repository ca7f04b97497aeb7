from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event as sqlalchemy_event

from app.core.model.event import Actor, ActorKind
from app.core.model.scope import EVERYTHING, Scope
from app.core.stopping.measure import Entrant
from app.db.queries import taken_roles
from app.db.queries.taken_roles import AliveTaken, Called, alive_taken, called_with, entrants, roles_taken
from tests.builders.calls import dimension
from tests.builders.events import CLINIC, EVENT, NOW, ROLE, change, event, store
from tests.builders.sessions import ISSUED_AT, KEY, LONG_TERM, USER, issued, store_issued

OTHER = 111122223333
DAY = timedelta(days=1)
FAR = "arn:aws:iam::111122223333:role/Far"
ALIVE = {"event_time": NOW - timedelta(minutes=20), "expires_at": NOW + timedelta(minutes=40), "role_arn": FAR}


@pytest.fixture
def connection(engine):
    with engine.begin() as connection:
        yield connection


def called(connection, *keys: str, scope: Scope = EVERYTHING):
    return called_with(connection, scope, keys, NOW - DAY, NOW)


def into(connection, scope: Scope = EVERYTHING, name: str | None = None):
    found, is_cut = entrants(connection, scope, ROLE, name, NOW - DAY, NOW, 9)
    assert not is_cut
    return found


def test_calls_with_each_key_are_counted_in_whichever_account(connection):
    far = event(2, account=OTHER, action="PutMedia")
    store(connection, [event(0), event(1, error_code="AccessDenied"), far, event(3, access_key="ASIA2")])
    assert called(connection, KEY, "ASIA3") == {KEY: Called(3, 1)}
    assert called(connection, KEY, scope=Scope(frozenset({CLINIC}))) == {KEY: Called(2, 1)}
    assert called(connection) == {}


def test_calls_that_are_none_of_kinesis_video_streams_or_older_are_not_counted(connection):
    store(connection, [change(0, "PutRolePolicy", ROLE), event(1, event_time=NOW - 2 * DAY)])
    assert called(connection, KEY) == {}


def test_who_asked_for_a_role_is_counted_by_principal(connection):
    iot = Actor(ActorKind.SERVICE, "credentials.iot.amazonaws.com", None)
    refused = issued(1, error_code="AccessDenied", access_key=None)
    store_issued(connection, [issued(), refused, issued(2, caller=iot, session_name="c1"), issued(3, role_arn="x")])
    assert into(connection, name="c1") == (
        Entrant(USER, is_given=False, calls=2, last_at=ISSUED_AT, failed=1),
        Entrant("credentials.iot.amazonaws.com", is_given=True, calls=1, last_at=ISSUED_AT),
    )


def test_a_call_that_two_accounts_recorded_counts_once_with_who_is_named(connection):
    nameless = issued(1, account=OTHER, caller=Actor(ActorKind.ACCOUNT, "account/1", 1), shared_event_id="s")
    store_issued(connection, [nameless, issued(shared_event_id="s")])
    assert [(one.principal, one.calls) for one in into(connection)] == [(USER, 1)]
    assert [one.principal for one in into(connection, Scope(frozenset({OTHER})))] == ["account/1"]


def test_a_record_that_was_corrected_counts_once(connection):
    store_issued(connection, [issued(), issued(1, addendum_of=issued().event_id)])
    assert [one.calls for one in into(connection)] == [1]


def test_the_newest_records_alone_are_looked_at_where_that_is_asked_for(connection):
    store_issued(connection, [issued(n, event_time=EVENT.event_time + timedelta(minutes=n)) for n in range(3)])
    (found,), is_cut = entrants(connection, EVERYTHING, ROLE, None, NOW - DAY, NOW, 2)
    assert (found.calls, is_cut) == (2, True)
    assert entrants(connection, EVERYTHING, ROLE, None, NOW - DAY, NOW, 4)[1] is False


def alive(connection, scope: Scope = EVERYTHING, own: str = USER):
    """Return what the key took that is alive, which is also what its principal took."""
    of_key = alive_taken(connection, scope, 0, own, LONG_TERM, NOW)
    ident = dimension(connection, "principal", account_id=CLINIC, arn=USER)
    assert alive_taken(connection, scope, ident, own, None, NOW) == of_key
    return of_key


def test_a_session_that_is_alive_stands_behind_refused_and_ended_ones(connection, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(taken_roles, "MOST_ALIVE", 1)
    newer = {"event_time": NOW - timedelta(minutes=1), "role_arn": FAR}
    refused = [issued(n, error_code="AccessDenied", access_key=None, expires_at=None, **newer) for n in range(1, 5)]
    ended = [issued(n, **(newer | {"expires_at": NOW})) for n in range(5, 9)]
    store_issued(connection, [issued(**ALIVE), *refused, *ended])
    assert alive(connection) == (AliveTaken(FAR, "sync-job-7", KEY, ALIVE["expires_at"], is_end_untold=False),)
    assert alive(connection, Scope(frozenset({OTHER}))) == ()
    assert alive(connection, own=FAR) == ()


def test_of_more_that_are_alive_those_that_live_longest_are_told_and_one_more(
    connection, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(taken_roles, "MOST_ALIVE", 1)
    ends = [NOW + timedelta(minutes=n) for n in (5, 30, 20)]
    store_issued(connection, [issued(n, **(ALIVE | {"expires_at": end})) for n, end in enumerate(ends)])
    assert [one.expires_at for one in alive(connection)] == [ends[1], ends[2]]


def test_of_a_session_whose_end_the_role_s_account_recorded_that_one_tells(connection):
    nameless = Actor(ActorKind.ACCOUNT, "account/1", CLINIC)
    own = issued(shared_event_id="s", **(ALIVE | {"access_key": None, "expires_at": None}))
    theirs = issued(1, shared_event_id="s", account=OTHER, caller=nameless, caller_key=None, **ALIVE)
    store_issued(connection, [own, theirs])
    assert alive(connection) == (AliveTaken(FAR, "sync-job-7", KEY, ALIVE["expires_at"], is_end_untold=False),)


def test_a_session_whose_end_no_record_tells_is_alive_for_the_longest_at_most(connection):
    store_issued(connection, [issued(shared_event_id="s", **(ALIVE | {"access_key": None, "expires_at": None}))])
    longest = ALIVE["event_time"] + timedelta(hours=12)
    assert alive(connection) == (AliveTaken(FAR, "sync-job-7", None, longest, is_end_untold=True),)


def test_a_copy_of_the_role_s_account_that_was_corrected_does_not_tell_the_end(connection):
    nameless = Actor(ActorKind.ACCOUNT, "account/1", CLINIC)
    own = issued(shared_event_id="s", **(ALIVE | {"access_key": None, "expires_at": None}))
    copy = {"shared_event_id": "s", "account": OTHER, "caller": nameless, "caller_key": None, **ALIVE}
    wrong = issued(1, **copy)
    right = issued(2, addendum_of=wrong.event_id, **(copy | {"expires_at": NOW - timedelta(minutes=1)}))
    store_issued(connection, [own, wrong, right])
    assert alive(connection) == ()


def test_what_no_copy_tells_of_is_held_against_copies_by_hash(connection):
    """Row by row, 20,000 of both took four seconds: whoever makes so many had the page fail."""
    store_issued(connection, [issued(**ALIVE)])
    asked: list[tuple[str, Any]] = []

    def take(_connection: object, _cursor: object, statement: str, parameters: object, *_rest: object) -> None:
        asked.append((statement, parameters))

    sqlalchemy_event.listen(connection, "before_cursor_execute", take)
    assert len(alive(connection)) == 1
    sqlalchemy_event.remove(connection, "before_cursor_execute", take)
    plans = [
        "\n".join(connection.exec_driver_sql(f"explain {statement}", parameters).scalars())
        for statement, parameters in asked
        if "issued_session" in statement
    ]
    assert [("hashed SubPlan" in plan) for plan in plans] == [True, True]


def test_that_older_records_are_left_out_is_told_where_all_others_were_corrected(connection):
    at = [NOW - timedelta(minutes=n) for n in (3, 2, 1)]
    old, wrong = (issued(n, event_time=at[n], role_arn=FAR) for n in range(2))
    store_issued(connection, [old, wrong, issued(2, event_time=at[2], role_arn=FAR, addendum_of=wrong.event_id)])
    ident = dimension(connection, "principal", account_id=CLINIC, arn=USER)

    def taken(most: int):
        found, is_cut = roles_taken(connection, EVERYTHING, ident, NOW - DAY, NOW, most)
        return [one.calls for one in found], is_cut

    assert [taken(most) for most in (1, 2, 3)] == [([1], True), ([1], True), ([2], False)]
