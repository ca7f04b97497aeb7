"""How things stand, as the overview reads it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from app.core.model.scope import EVERYTHING, Scope
from app.db.queries import overview
from app.db.queries.overview import Lifetime, People, RuleState
from tests.builders.accounts import CLINIC, NOW, make_account
from tests.builders.calls import dimension, make_calls, make_principal, make_stream
from tests.builders.events import event, store
from tests.builders.findings import RULE, make_finding, make_run, make_untold

STRANGER = Scope(frozenset({1}))
YESTERDAY = NOW - timedelta(days=1)


def test_a_rules_state_adds_up_accounts(engine: Engine) -> None:
    with engine.begin() as connection:
        make_run(connection, checked=12)
        make_run(connection, account_id=42, checked=None, error="ValueError")
        make_finding(connection, "arn:a", first_seen_at=NOW)
        make_finding(connection, "arn:b", 42)
        make_untold(connection, "arn:c")
        states = overview.rule_states(connection, EVERYTHING, YESTERDAY)
    assert states == {RULE: RuleState(RULE, open=2, new=1, cannot_tell=1, runs=2, failed=1, checked=12)}


def test_a_rule_that_only_cannot_tell_is_there_too(engine: Engine) -> None:
    with engine.begin() as connection:
        make_untold(connection, "arn:c", rule="other")
        assert overview.rule_states(connection, EVERYTHING, YESTERDAY)["other"].runs == 0


def test_lifetimes_leave_out_what_was_muted_or_gone_before(engine: Engine) -> None:
    since = NOW - timedelta(days=10)
    with engine.begin() as connection:
        make_finding(connection, "arn:a", first_seen_at=since)
        make_finding(connection, "arn:b", first_seen_at=since, state="resolved", resolved_at=NOW)
        make_finding(connection, "arn:c", state="muted")
        make_finding(connection, "arn:d", state="resolved", resolved_at=since - timedelta(days=1))
        found = overview.lifetimes(connection, EVERYTHING, since.date())
    assert set(found) == {Lifetime(RULE, since.date(), None, 1), Lifetime(RULE, since.date(), NOW.date(), 1)}


def test_of_the_newest_findings_the_worst_comes_first_and_each_rule_once(engine: Engine) -> None:
    with engine.begin() as connection:
        make_finding(connection, "arn:old", rule="old", severity="critical")
        make_finding(connection, "arn:alike", rule="low", severity="low", first_seen_at=NOW)
        make_finding(connection, "arn:worst", rule="key", severity="critical", first_seen_at=YESTERDAY)
        make_finding(connection, "arn:last", rule="low", severity="medium", first_seen_at=YESTERDAY)
        make_finding(connection, "arn:done", rule="done", first_seen_at=NOW, state="resolved")
        found = overview.newest_findings(connection, EVERYTHING, YESTERDAY, 10)
    assert [(row.subject, row.n) for row in found] == [("arn:worst", 1), ("arn:last", 2), ("arn:old", 1)]


def test_readers_are_those_whose_reads_were_answered(engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        one, other = make_stream(connection, "a"), make_stream(connection, "b")
        analyst, denied = make_principal(connection, "Analyst"), make_principal(connection, "Denied")
        make_calls(connection, "GetMedia", 5, principal_id=analyst, stream_id=one)
        make_calls(connection, "GetClip", 3, principal_id=analyst, stream_id=other, errors=1)
        make_calls(connection, "GetMedia", 9, principal_id=denied, stream_id=one, errors=9)
        make_calls(connection, "PutMedia", 99, principal_id=denied, stream_id=one)
        found = overview.readers(connection, EVERYTHING, YESTERDAY.date(), 10)
    assert [(row.principal, row.reads, row.streams) for row in found] == [("Analyst", 7, 2)]


def test_a_stream_that_is_read_by_its_arn_and_by_its_name_is_one(engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        key = {"account_id": CLINIC, "region": "eu-central-1", "kind": "stream", "name": "a"}
        one, bare = make_stream(connection, "a"), dimension(connection, "stream", arn=None, **key)
        analyst, other = make_principal(connection, "Analyst"), make_principal(connection, "Other")
        make_calls(connection, "GetMedia", 5, principal_id=analyst, stream_id=one)
        make_calls(connection, "GetMedia", 2, principal_id=analyst, stream_id=bare)
        make_calls(connection, "GetMedia", 1, principal_id=analyst)
        make_calls(connection, "GetMedia", 3, principal_id=other)
        found = overview.readers(connection, EVERYTHING, YESTERDAY.date(), 10)
    told = [(row.principal, row.reads, row.streams, row.stream_id, row.stream) for row in found]
    assert told == [("Analyst", 8, 1, one, "a"), ("Other", 3, 0, None, "")]


def test_who_stands_behind_a_reader_is_named_from_its_newest_calls(engine: Engine) -> None:
    alice, ben = (replace(event().actor, person=person) for person in ("alice@x.example", "ben@x.example"))
    calls = [
        *(event(n, actor=alice) for n in range(3)),
        *(event(10 + n, actor=ben, action="GetMedia") for n in range(5)),
        event(20, actor=replace(alice, person="cleo@x.example"), error_code="AccessDenied"),
        event(21, actor=replace(alice, person="dora@x.example"), action="DescribeStream"),
        event(22, actor=replace(alice, person="eve@x.example"), event_time=NOW - timedelta(days=3)),
    ]
    with engine.begin() as connection:
        make_account(connection)
        store(connection, calls)
        found = overview.readers(connection, EVERYTHING, YESTERDAY.date(), 10)
        named = overview.people(connection, EVERYTHING, found, YESTERDAY)
        assert [*named.values()] == [People(("ben@x.example", "alice@x.example"), is_more=False)]
        assert overview.people(connection, STRANGER, found, YESTERDAY) == {}
        store(connection, [event(30, actor=replace(alice, person=None))])
        named = overview.people(connection, EVERYTHING, found, YESTERDAY)
        assert [one.is_more for one in named.values()] == [True]


def test_older_calls_than_were_looked_at_may_be_of_others(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overview, "MOST_LOOKED_AT", 3)
    actor = replace(event().actor, person="alice@x.example")
    with engine.begin() as connection:
        make_account(connection)
        store(connection, [event(n, actor=actor) for n in range(3)])
        found = overview.readers(connection, EVERYTHING, YESTERDAY.date(), 10)
        (behind,) = overview.people(connection, EVERYTHING, found, YESTERDAY).values()
    assert behind == People(("alice@x.example",), is_more=True)


def test_a_stranger_sees_nothing_of_it(engine: Engine) -> None:
    with engine.begin() as connection:
        make_run(connection)
        make_finding(connection, "arn:a")
        make_calls(connection, "GetMedia", 5, account_id=CLINIC)
        assert overview.rule_states(connection, STRANGER, YESTERDAY) == {}
        assert overview.lifetimes(connection, STRANGER, YESTERDAY.date()) == ()
        assert overview.newest_findings(connection, STRANGER, YESTERDAY, 10) == ()
        assert overview.readers(connection, STRANGER, YESTERDAY.date(), 10) == ()
