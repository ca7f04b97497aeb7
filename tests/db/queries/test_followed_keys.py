from datetime import timedelta

import pytest

from app.core.model.event import Actor, ActorKind
from app.core.model.scope import EVERYTHING, Scope
from app.db.queries import followed_keys as followed
from app.db.queries.followed_keys import Followed, followed_keys
from tests.builders.calls import dimension
from tests.builders.events import CLINIC, NOW, ROLE
from tests.builders.sessions import KEY, LONG_TERM, USER, issued, store_issued

OTHER = 111122223333
FAR = f"arn:aws:iam::{OTHER}:role/Far"
HOUR = timedelta(hours=1)
SELF = Actor(ActorKind.ROLE, ROLE, CLINIC, "sync-job-7")
NAMELESS = Actor(ActorKind.ACCOUNT, f"account/{CLINIC}", CLINIC)


@pytest.fixture
def connection(engine):
    with engine.begin() as connection:
        yield connection


def keys(connection, scope: Scope = EVERYTHING) -> Followed:
    """Return what the user's key led to, which is also what the user led to."""
    of_key = followed_keys(connection, scope, 0, LONG_TERM, NOW)
    ident = dimension(connection, "principal", account_id=CLINIC, arn=USER)
    assert followed_keys(connection, scope, ident, None, NOW) == of_key
    return of_key


def taken_again(number: int, hours_ago: float, caller_key: str | None, **changes):
    """Return the record by which the role took itself with the key of its session before."""
    at = NOW - hours_ago * HOUR
    values = {"event_time": at, "expires_at": at + HOUR, "access_key": f"ASIA{number}", "caller": SELF}
    return issued(number, **(values | {"caller_key": caller_key} | changes))


def test_a_role_that_took_itself_each_hour_for_days_is_followed_to_its_newest_session(connection):
    first = issued(event_time=NOW - 100 * HOUR, expires_at=NOW - 99 * HOUR)
    again = [taken_again(n, 100 - n, KEY if n == 1 else f"ASIA{n - 1}") for n in range(1, 100)]
    store_issued(connection, [first, *again])
    found = keys(connection)
    assert "ASIA99" in found.keys
    assert "ASIA70" not in found.keys
    assert found.is_whole
    assert keys(connection, Scope(frozenset({OTHER}))) == Followed()


def test_what_was_refused_or_taken_with_a_key_after_its_longest_life_leads_nowhere(connection):
    refused = taken_again(1, 1, KEY, error_code="AccessDenied")
    late = taken_again(2, 1, KEY)
    store_issued(connection, [issued(event_time=NOW - 20 * HOUR), refused, late])
    assert keys(connection).keys == {KEY}


def test_a_key_that_only_the_role_s_account_recorded_is_followed_from_either_hop(connection):
    at = {"event_time": NOW - HOUR}
    own = issued(role_arn=FAR, access_key=None, expires_at=None, shared_event_id="s", **at)
    theirs = issued(1, account=OTHER, role_arn=FAR, caller=NAMELESS, caller_key=None, shared_event_id="s", **at)
    onward = taken_again(2, 0.5, KEY, role_arn=FAR, access_key=None, shared_event_id="t")
    copy = taken_again(3, 0.5, None, account=OTHER, role_arn=FAR, caller=NAMELESS, shared_event_id="t")
    store_issued(connection, [own, theirs, onward, copy])
    assert keys(connection) == Followed(frozenset({KEY, "ASIA3"}))


def test_a_copy_that_the_reader_may_not_see_names_no_key(connection):
    at = {"event_time": NOW - HOUR}
    own = issued(role_arn=FAR, access_key=None, shared_event_id="s", **at)
    theirs = issued(1, account=OTHER, role_arn=FAR, caller=NAMELESS, caller_key=None, shared_event_id="s", **at)
    store_issued(connection, [own, theirs])
    assert keys(connection, Scope(frozenset({CLINIC}))) == Followed(unnamed=1)


def test_a_copy_that_was_corrected_names_no_key(connection):
    at = {"event_time": NOW - HOUR, "role_arn": FAR, "shared_event_id": "s"}
    theirs = {"account": OTHER, "caller": NAMELESS, "caller_key": None, **at}
    wrong = issued(1, access_key="ASIAWRONG", **theirs)
    corrected = issued(2, addendum_of=wrong.event_id, **theirs)
    store_issued(connection, [issued(access_key=None, **at), wrong, corrected])
    assert keys(connection) == Followed(frozenset({KEY}))


def test_a_session_whose_key_no_record_names_is_told(connection):
    store_issued(connection, [issued(), issued(1, access_key=None)])
    assert keys(connection) == Followed(frozenset({KEY}), unnamed=1)
    assert not keys(connection).is_whole


def test_keys_that_lead_to_one_another_end(connection):
    store_issued(connection, [issued(), taken_again(1, 0.2, KEY), taken_again(2, 0.2, "ASIA1", access_key=KEY)])
    assert keys(connection).keys == {KEY, "ASIA1"}


def test_of_more_than_are_followed_it_says_so_and_what_is_behind_the_newest_is_followed(
    connection, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(followed, "MOST_FOLLOWED", 2)
    direct = [issued(n, access_key=f"ASIA{n}", event_time=NOW - (n + 1) * HOUR) for n in range(3)]
    store_issued(connection, [*direct, taken_again(9, 0.5, "ASIA0")])
    assert keys(connection) == Followed(frozenset({"ASIA0", "ASIA1", "ASIA9"}), is_cut=True)


def test_as_many_as_are_followed_are_no_cut(connection, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(followed, "MOST_FOLLOWED", 2)
    store_issued(connection, [issued(n, access_key=f"ASIA{n}") for n in range(2)])
    assert keys(connection).is_whole
