"""The state of accounts as their pages read it."""

from datetime import timedelta

from sqlalchemy import Connection, Engine

from app.core.kvs.actions import MEDIA_READ
from app.core.model.own_call import DayOfCalls
from app.core.model.scope import EVERYTHING, Scope
from app.core.model.snapshot import PartState
from app.db.queries import account_page
from tests.builders.accounts import (
    CLINIC,
    NOW,
    make_account,
    make_feed,
    make_own_calls,
    make_part,
    make_rejected,
    make_worker,
)
from tests.builders.calls import make_calls
from tests.builders.events import event, store
from tests.builders.findings import make_finding, make_untold

STRANGER = Scope(frozenset({1}))
TODAY = NOW.replace(hour=0, minute=0)


def _seed(connection: Connection) -> None:
    make_account(connection)
    make_part(connection, "iam", tried_at=NOW)
    make_part(connection, "streams", region="eu-central-1", state="denied", missing="kinesisvideo:ListStreams")
    make_feed(connection, "iam", attempts=3)
    make_feed(connection, "kinesisvideo", owner="w/1")
    make_own_calls(connection, "iam:GetUser", 5)
    make_own_calls(connection, "iam:GetUser", 2, outcome="throttled")
    make_own_calls(connection, "iam:GetUser", 9, hour=TODAY - timedelta(days=1), outcome="denied")
    make_finding(connection, "arn:x")
    make_untold(connection, "arn:y")
    make_rejected(connection, "no userIdentity")


def test_an_account_sums_up_its_parts_feeds_and_calls(engine: Engine) -> None:
    with engine.begin() as connection:
        _seed(connection)
        (row,) = account_page.account_rows(connection, EVERYTHING, TODAY)
    assert (row.parts, row.unseen, row.polled_at) == (2, 1, NOW)
    assert (row.failing_feeds, row.running_feeds) == (1, 1)
    assert (row.own_calls, row.throttled, row.open_findings) == (7, 2, 1)


def test_an_account_without_anything_is_listed_with_nothing(engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        (row,) = account_page.account_rows(connection, EVERYTHING, TODAY)
    assert (row.parts, row.polled_at, row.own_calls) == (0, None, 0)


def test_a_removed_account_is_not_listed(engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection, removed_at=NOW)
        assert account_page.account_rows(connection, EVERYTHING, TODAY) == ()
        assert account_page.account_facts(connection, EVERYTHING, CLINIC) is None


def test_its_facts_count_what_has_no_answer_and_hide_the_external_id(engine: Engine) -> None:
    with engine.begin() as connection:
        _seed(connection)
        facts = account_page.account_facts(connection, EVERYTHING, CLINIC)
    assert facts is not None
    assert (facts.cannot_tell, facts.open_findings, facts.has_external_id) == (1, 1, True)
    assert "kv-1" not in repr(facts)


def test_each_part_has_its_state_and_what_is_missing(engine: Engine) -> None:
    with engine.begin() as connection:
        _seed(connection)
        parts = account_page.account_parts(connection, EVERYTHING, CLINIC)
    assert [(p.name, p.state, p.missing) for p in parts if p.tried_at] == [
        ("iam", PartState.SEEN, None),
        ("streams", PartState.DENIED, "kinesisvideo:ListStreams"),
    ]


def test_a_part_whose_turn_has_not_come_is_one_of_all(engine: Engine) -> None:
    with engine.begin() as connection:
        _seed(connection)
        make_feed(connection, "kinesisvideo", region="eu-central-1")
        (row,) = account_page.account_rows(connection, EVERYTHING, TODAY)
        parts = account_page.account_parts(connection, EVERYTHING, CLINIC)
    waiting = [(p.name, p.region) for p in parts if p.tried_at is None]
    assert waiting == [("channels", ""), ("channels", "eu-central-1"), ("managed_policies", ""), ("streams", "")]
    assert (row.parts, row.unseen, row.waiting) == (2, 1, 4)


def test_our_calls_are_counted_by_day_and_by_outcome(engine: Engine) -> None:
    with engine.begin() as connection:
        _seed(connection)
        days = account_page.own_call_days(connection, EVERYTHING, CLINIC, NOW - timedelta(days=5))
        (api,) = account_page.own_calls_by_api(connection, EVERYTHING, CLINIC, TODAY)
    assert days == (
        DayOfCalls((TODAY - timedelta(days=1)).date(), 9, 0, 9, 0),
        DayOfCalls(TODAY.date(), 7, 2, 0, 0),
    )
    assert (api.api, api.calls, api.throttled) == ("iam:GetUser", 7, 2)


def test_a_worker_that_stopped_has_no_heartbeat(engine: Engine) -> None:
    with engine.begin() as connection:
        make_worker(connection, "alive")
        make_worker(connection, "gone", stopped_at=NOW)
        assert set(account_page.heartbeats(connection)) == {"alive"}


def test_calls_are_counted_by_day_those_of_media_apart(engine: Engine) -> None:
    with engine.begin() as connection:
        make_calls(connection, "GetMedia", 3, NOW)
        make_calls(connection, "GetMedia", 4, NOW - timedelta(hours=2))
        make_calls(connection, "GetMedia", 9, NOW - timedelta(days=40))
        make_calls(connection, "PutMedia", 5, NOW)
        found = account_page.calls_by_day(connection, EVERYTHING, TODAY - timedelta(days=2), MEDIA_READ)
    assert found == {CLINIC: [(NOW.date(), 7, 5)]}


def test_our_own_calls_are_not_counted_as_theirs(engine: Engine) -> None:
    ours, theirs = event(0), event(1)
    with engine.begin() as connection:
        store(connection, (ours, theirs), own=(ours.event_id,))
        found = account_page.calls_by_day(
            connection, EVERYTHING, ours.event_time.date() - timedelta(days=1), MEDIA_READ
        )
    assert [read + other for days in found.values() for _, read, other in days] == [1]


def test_a_stranger_sees_nothing_of_it(engine: Engine) -> None:
    with engine.begin() as connection:
        _seed(connection)
        make_calls(connection, "GetMedia", 3, NOW)
        assert account_page.account_rows(connection, STRANGER, TODAY) == ()
        assert account_page.account_facts(connection, STRANGER, CLINIC) is None
        assert account_page.account_parts(connection, STRANGER, CLINIC) == ()
        assert account_page.own_call_days(connection, STRANGER, CLINIC, TODAY) == ()
        assert account_page.own_calls_by_api(connection, STRANGER, CLINIC, TODAY) == ()
        assert account_page.calls_by_day(connection, STRANGER, TODAY, MEDIA_READ) == {}
