from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Connection, Engine, text

from app.core.findings.identity import id_of
from app.core.findings.reconcile import Change, ChangeKind, RuleOutcome, reconcile
from app.core.model.finding import CannotTell, Evidence, FindingState, Severity, Violation
from app.core.model.scope import EVERYTHING
from app.db.queries import findings
from app.db.queries.evaluation import findings_for_update, store_cannot_tell, store_changes, store_finding, store_runs
from app.db.queries.rule_facts import untold_rules
from tests.builders.outcomes import ACCOUNT, NOW, finding, outcome

LATER = NOW + timedelta(hours=1)
WRONG = Violation("s", "wrong", (Evidence("statement", "where", '{\n  "Effect": "Allow"\n}', (2,), "/x?y=1"),))


def store(connection: Connection, *outcomes: RuleOutcome, now=NOW) -> None:
    changes = reconcile(ACCOUNT, findings_for_update(connection, ACCOUNT), outcomes, now)
    store_changes(connection, ACCOUNT, changes, {"a": 3}, now)


def history(connection: Connection) -> list[tuple[str | None, str, str, str | None]]:
    rows = findings.history(connection, EVERYTHING, id_of(finding()))
    return [(row.from_state, row.to_state, row.by, row.note) for row in rows]


def test_a_finding_comes_back_whole(app_engine: Engine):
    with app_engine.begin() as connection:
        store(connection, outcome(WRONG))
        (stored,) = findings_for_update(connection, ACCOUNT)

    assert stored.evidence == WRONG.evidence
    assert (stored.message, stored.first_seen_at, stored.last_seen_at) == ("wrong", NOW, NOW)


def test_each_step_leaves_its_trace(app_engine: Engine):
    with app_engine.begin() as connection:
        store(connection, outcome(WRONG))
        store(connection, outcome(WRONG), now=LATER)
        store(connection, outcome(), now=LATER)
        store(connection, outcome(replace(WRONG, severity=Severity.HIGH)), now=LATER)

        assert history(connection) == [
            ("resolved", "open", "a", "seen again"),
            ("open", "resolved", "a", "not seen any more"),
            (None, "open", "a", "opened"),
        ]


def test_what_is_only_seen_again_moves_its_time_and_writes_no_history(app_engine: Engine):
    with app_engine.begin() as connection:
        store(connection, outcome(WRONG))
        before = connection.execute(text("select xmin from finding")).scalar_one()
        store(connection, outcome(WRONG), now=LATER)
        (stored,) = findings_for_update(connection, ACCOUNT)

        assert (stored.first_seen_at, stored.last_seen_at) == (NOW, LATER)
        assert len(history(connection)) == 1
        assert before is not None


def test_a_worse_severity_is_told_in_the_history(app_engine: Engine):
    with app_engine.begin() as connection:
        store(connection, outcome(WRONG))
        store(connection, outcome(replace(WRONG, severity=Severity.HIGH)), now=LATER)

        assert history(connection)[0] == ("open", "open", "a", "severity medium to high")


def test_hostile_text_is_stored_but_for_what_the_database_refuses(app_engine: Engine):
    hostile = Violation("s", "<script>'\0;--", (Evidence("event", "w\0", "t\0\\u0000", streams=("s\0",)),))

    with app_engine.begin() as connection:
        store(connection, outcome(hostile))
        (stored,) = findings_for_update(connection, ACCOUNT)

    assert stored.message == "<script>'�;--"
    assert stored.evidence[0].text == "t�\\u0000"


def test_what_a_person_did_is_stored_with_who(app_engine: Engine):
    with app_engine.begin() as connection:
        store(connection, outcome(WRONG))
        (before,) = findings_for_update(connection, ACCOUNT)
        muted = replace(before, state=FindingState.MUTED, note="accepted", muted_until=LATER)
        store_finding(connection, muted, before, "ines", NOW)

        assert findings_for_update(connection, ACCOUNT) == (muted,)
        assert history(connection)[0] == ("open", "muted", "ines", "accepted")


def test_a_rule_that_fails_keeps_the_counts_of_its_last_good_run(app_engine: Engine):
    with app_engine.begin() as connection:
        store_runs(connection, ACCOUNT, [outcome(WRONG, checked=11)], NOW)
        store_runs(connection, ACCOUNT, [outcome(error="KeyError: 'x'")], LATER)
        (run,) = findings.rule_runs(connection, EVERYTHING)

        assert (run.violations, run.checked, run.last_at) == (1, 11, NOW)
        assert run.errors == ((ACCOUNT, "KeyError: 'x'"),)


def test_a_rule_that_runs_again_has_no_error_any_more(app_engine: Engine):
    with app_engine.begin() as connection:
        store_runs(connection, ACCOUNT, [outcome(error="KeyError: 'x'")], NOW)
        store_runs(connection, ACCOUNT, [outcome()], LATER)

        assert findings.rule_runs(connection, EVERYTHING)[0].errors == ()


def test_what_could_not_be_told_is_replaced_and_stays_while_the_rule_fails(app_engine: Engine):
    dark = outcome(cannot_tell=(CannotTell("s", "dark"), CannotTell("t", "dark"), CannotTell("t", "darker")))

    def told(connection: Connection) -> list[tuple[str, str]]:
        return [(one.subject, one.reason) for one in findings.cannot_tells(connection, EVERYTHING)]

    with app_engine.begin() as connection:
        store_cannot_tell(connection, ACCOUNT, [dark], NOW)
        assert told(connection) == [("s", "dark"), ("t", "darker")]

        store_cannot_tell(connection, ACCOUNT, [outcome(error="broke")], LATER)
        assert len(told(connection)) == 2

        store_cannot_tell(connection, ACCOUNT, [outcome()], LATER)
        assert told(connection) == []


def test_a_rule_waits_for_a_part_that_was_never_read_and_not_for_a_hole_of_the_log(app_engine: Engine):
    hole, unread = CannotTell("", "not logged"), CannotTell("", "never read", "us-east-1", is_unread=True)
    with app_engine.begin() as connection:
        store_cannot_tell(connection, ACCOUNT, [outcome(cannot_tell=(hole,))], NOW)
        assert untold_rules(connection, ACCOUNT) == frozenset()

        store_cannot_tell(connection, ACCOUNT, [outcome(cannot_tell=(hole, unread))], LATER)
        assert untold_rules(connection, ACCOUNT) == {outcome().rule}


def test_a_finding_that_stayed_equal_is_not_written(app_engine: Engine):
    kept = finding(last_seen_at=NOW - timedelta(days=3))
    with app_engine.begin() as connection:
        store_changes(connection, ACCOUNT, [Change(ChangeKind.OPENED, kept, None, "opened")], {"a": 1}, NOW)
    with app_engine.begin() as connection:
        before = connection.execute(text("select xmin::text from finding")).scalar_one()
        store_changes(connection, ACCOUNT, [Change(ChangeKind.KEPT, kept, kept)], {"a": 1}, LATER)

        assert connection.execute(text("select xmin::text from finding")).scalar_one() == before
