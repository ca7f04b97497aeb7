from datetime import timedelta

import pytest
from sqlalchemy import Connection, Engine

from app.core.model.finding import FindingState, Severity
from app.core.model.scope import EVERYTHING, Scope
from app.core.query.filter import Condition, Filter, Verb, parse
from app.core.query.listing import FINDINGS
from app.db.queries import findings
from tests.builders.accounts import CLINIC, NOW, make_account
from tests.builders.findings import RULE, make_finding, make_run, make_untold

OTHER = 310045578826
CLINIC_ONLY = Scope(frozenset({CLINIC}))
ROLE = f"arn:aws:iam::{CLINIC}:role/VideoAnalyst"


def asked(*pairs: tuple[str, str]) -> Filter:
    parsed = parse(pairs, FINDINGS, NOW)
    assert parsed.problems == ()
    return parsed.filter


def subjects(connection: Connection, *pairs: tuple[str, str], scope: Scope = EVERYTHING) -> list[str]:
    return [row.finding.subject for row in findings.all_findings(connection, scope, asked(*pairs))]


@pytest.fixture
def filled(app_engine: Engine) -> Engine:
    """Five findings of two accounts: a and e are the oldest and newest, b resolved, d of another rule."""
    with app_engine.begin() as connection:
        make_account(connection)
        make_account(connection, OTHER, name="cams-prod-eu")
        make_finding(connection, "a", last_seen_at=NOW - timedelta(days=9), first_seen_at=NOW - timedelta(days=30))
        make_finding(connection, "b", state="resolved", resolved_at=NOW)
        make_finding(connection, "c", OTHER, severity="critical", last_seen_at=NOW - timedelta(days=2))
        make_finding(connection, "d", rule="full_kvs_access", region="", severity="low")
        make_finding(connection, "e", OTHER, first_seen_at=NOW - timedelta(hours=1))
    return app_engine


def test_the_worst_come_first_then_the_latest(filled: Engine):
    with filled.connect() as connection:
        assert subjects(connection) == ["c", "e", "a", "d"]


@pytest.mark.parametrize(
    ("pairs", "found"),
    [
        ([("state", "resolved")], ["b"]),
        ([("account", "cams-prod-eu")], ["c", "e"]),
        ([("account", f"{CLINIC:012d}")], ["a", "d"]),
        ([("account~", "prod")], ["c", "e"]),
        ([("account!", "cams-prod-eu")], ["a", "d"]),
        ([("rule", "full_kvs_access")], ["d"]),
        ([("rule", "KVS-LP-01")], ["d"]),
        ([("rule", "kvs-lp-01")], ["d"]),
        ([("rule~", "LP-01")], ["d"]),
        ([("rule!", "KVS-LP-01")], ["a", "c", "e"]),
        ([("rule", "KVS-LP-0")], []),
        ([("severity", "critical"), ("severity", "low")], ["c", "d"]),
        ([("severity!", "high")], ["c", "d"]),
        ([("region", "eu-central-1")], ["c", "e", "a"]),
        ([("subject~", "D")], ["d"]),
        ([("subject~", "%")], []),
        ([("from", "now-3d")], ["a", "c", "e", "d"]),
        ([("to", "now-1d")], ["a", "c", "d"]),
        ([("state", "resolved"), ("to", "now-1d")], ["b"]),
        ([("sort", "-first_seen")], ["e", "c", "d", "a"]),
        ([("sort", "-last_seen")], ["e", "d", "c", "a"]),
    ],
    ids=lambda value: "&".join("=".join(pair) for pair in value) if value and isinstance(value[0], tuple) else None,
)
def test_each_filter_means_what_it_says(filled: Engine, pairs: list[tuple[str, str]], found: list[str]):
    with filled.connect() as connection:
        assert sorted(subjects(connection, *pairs)) == sorted(found)


def test_what_is_not_resolved_is_there_however_old_its_last_proof(app_engine: Engine):
    old = {"first_seen_at": NOW - timedelta(days=400), "last_seen_at": NOW - timedelta(days=300)}
    with app_engine.begin() as connection:
        make_account(connection)
        make_finding(connection, "open", **old)
        make_finding(connection, "muted", state="muted", **old)
        make_finding(connection, "over", state="resolved", resolved_at=NOW - timedelta(days=200), **old)
        every = [("state", state.value) for state in FindingState]
        assert sorted(subjects(connection, *every)) == ["muted", "open"]
        assert subjects(connection, ("state", "resolved"), ("from", "now-52w")) == ["over"]


@pytest.mark.parametrize("sort", ["severity", "-last_seen", "-first_seen"])
def test_pages_follow_each_other_without_a_gap_in_both_directions(app_engine: Engine, sort: str):
    severities = ["critical", "high", "medium", "low", "info"]
    with app_engine.begin() as connection:
        for number in range(60):
            moment = NOW - timedelta(hours=number % 7, microseconds=number % 3)
            make_finding(
                connection, f"s{number:02}", severity=severities[number % 5], last_seen_at=moment, first_seen_at=moment
            )
        whole = subjects(connection, ("sort", sort))

        first = findings.findings(connection, EVERYTHING, asked(("sort", sort), ("limit", "25")))
        second = findings.findings(
            connection, EVERYTHING, asked(("sort", sort), ("limit", "25"), ("after", first.after or ""))
        )
        third = findings.findings(
            connection, EVERYTHING, asked(("sort", sort), ("limit", "25"), ("after", second.after or ""))
        )
        back = findings.findings(
            connection, EVERYTHING, asked(("sort", sort), ("limit", "25"), ("before", third.before or ""))
        )

    assert [row.finding.subject for page in (first, second, third) for row in page.rows] == whole
    assert (first.before, third.after) == (None, None)
    assert back.rows == second.rows
    assert back.before is not None
    assert back.after == second.after


def test_a_forged_cursor_shows_the_first_page(filled: Engine):
    with filled.connect() as connection:
        page = findings.findings(
            connection, EVERYTHING, asked(("after", "Wzk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5LDEsMSwiYSJd"))
        )

    assert len(page.rows) == 4


def test_who_may_see_one_account_sees_its_findings_and_no_others(filled: Engine):
    with filled.begin() as connection:
        foreign = make_finding(connection, "f", OTHER)
        own = make_finding(connection, "g")

        assert "f" not in subjects(connection, scope=CLINIC_ONLY)
        assert findings.finding(connection, CLINIC_ONLY, foreign) is None
        assert findings.lock_finding(connection, CLINIC_ONLY, foreign) is None
        assert findings.history(connection, CLINIC_ONLY, foreign) == ()
        found = findings.finding(connection, CLINIC_ONLY, own)
        assert found is not None
        assert found.account_name == "clinic-video"
        assert {count.n for count in findings.counts(connection, Scope(frozenset()))} == set()


def test_counts_tell_all_states_whatever_state_is_asked_for(filled: Engine):
    with filled.connect() as connection:
        counted = findings.counts(connection, EVERYTHING, asked(("state", "open"), ("account", "clinic-video")))

    assert {(one.rule, one.severity, one.state, one.n) for one in counted} == {
        (RULE, Severity.HIGH, FindingState.OPEN, 1),
        (RULE, Severity.HIGH, FindingState.RESOLVED, 1),
        ("full_kvs_access", Severity.LOW, FindingState.OPEN, 1),
    }


def test_a_reader_and_an_inline_policy_are_found_under_their_role(app_engine: Engine):
    with app_engine.begin() as connection:
        for subject in (ROLE, f"{ROLE} mara", f"{ROLE}#inline", f"{ROLE}2"):
            make_finding(connection, subject, region="")
        make_finding(connection, ROLE, rule="other", state="resolved")

        found = findings.findings_about(connection, EVERYTHING, CLINIC, [ROLE])

    assert {row.finding.subject for row in found} == {ROLE, f"{ROLE} mara", f"{ROLE}#inline"}


def test_runs_are_added_up_over_the_accounts_in_scope(app_engine: Engine):
    with app_engine.begin() as connection:
        make_run(connection, violations=2, checked=12)
        make_run(connection, account_id=OTHER, violations=1, checked=None, error="KeyError: 'x'")
        make_untold(connection, "s")
        make_untold(connection, "s", account_id=OTHER)

        (both,) = findings.rule_runs(connection, EVERYTHING)
        (own,) = findings.rule_runs(connection, CLINIC_ONLY)
        (other,) = findings.rule_runs(connection, EVERYTHING, [OTHER])

    assert (both.accounts, both.violations, both.checked, both.cannot_tell) == (2, 3, 12, 2)
    assert both.errors == ((OTHER, "KeyError: 'x'"),)
    assert (own.accounts, own.cannot_tell, own.errors) == (1, 1, ())
    assert other.checked is None


def test_what_could_not_be_told_is_found_by_the_code_of_its_rule_too(app_engine: Engine):
    with app_engine.begin() as connection:
        make_untold(connection, "s", rule="full_kvs_access")

        assert findings.count_cannot_tells(connection, EVERYTHING, of("KVS-LP-01")) == 1


def of(rule: str) -> list[Condition]:
    return [Condition("rule", Verb.IS, (rule,))]


def test_what_could_not_be_told_is_listed_and_counted(app_engine: Engine):
    with app_engine.begin() as connection:
        make_untold(connection, "s")
        make_untold(connection, "t", rule="other")
        make_untold(connection, "u", account_id=OTHER)

        assert findings.count_cannot_tells(connection, CLINIC_ONLY) == 2
        assert findings.count_cannot_tells(connection, EVERYTHING, of("other")) == 1
        assert findings.count_cannot_tells(connection, EVERYTHING, of("no_such_rule")) == 0
        assert [one.subject for one in findings.cannot_tells(connection, EVERYTHING, conditions=of("other"))] == ["t"]
        assert [one.subject for one in findings.cannot_tells(connection, EVERYTHING, account_id=OTHER)] == ["u"]
        assert len(findings.cannot_tells(connection, EVERYTHING, limit=1)) == 1
