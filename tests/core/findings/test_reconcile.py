from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.findings.identity import id_of
from app.core.findings.reconcile import (
    Change,
    ChangeKind,
    RuleOutcome,
    Window,
    doubted_since,
    is_worse,
    reconcile,
    was_judged,
)
from app.core.model.finding import CannotTell, Finding, FindingState, Severity, Violation
from app.core.model.snapshot import Part, PartState
from tests.builders.outcomes import ACCOUNT, NOW, finding, outcome

WRONG = Violation("s", "still wrong")
DENIED = Part("iam", "", PartState.DENIED, NOW, NOW - timedelta(days=1), "iam:X")
DAY = datetime(2026, 11, 20, tzinfo=UTC)


def run(before: list[Finding], *outcomes: RuleOutcome, now: datetime = NOW) -> tuple[Change, ...]:
    return reconcile(ACCOUNT, before, outcomes, now)


def on_day(number: int, *violations: Violation, **changes: object) -> RuleOutcome:
    start = DAY + timedelta(days=number)
    return outcome(*violations, window=Window(start, start + timedelta(days=1)), needed=(), **changes)


def happened(number: int, message: str = "m", severity: Severity | None = None, hour: int = 9) -> Violation:
    moment = DAY + timedelta(days=number, hours=hour)
    return Violation("s", message, severity=severity, first_at=moment, last_at=moment)


# ---------------------------------------------------------------- the state of an account


def test_a_violation_opens_a_finding():
    (change,) = run([], outcome(WRONG))

    assert (change.kind, change.finding.state, change.finding.first_seen_at) == (
        ChangeKind.OPENED,
        FindingState.OPEN,
        NOW,
    )


def test_a_violation_that_stays_keeps_its_age_and_gets_the_new_words():
    (change,) = run([finding()], outcome(WRONG))

    assert change.kind is ChangeKind.KEPT
    assert change.finding.message == "still wrong"
    assert (change.finding.first_seen_at, change.finding.last_seen_at) == (finding().first_seen_at, NOW)


def test_a_violation_that_is_gone_resolves():
    (change,) = run([finding()], outcome())

    assert (change.kind, change.finding.state, change.finding.resolved_at) == (
        ChangeKind.RESOLVED,
        FindingState.RESOLVED,
        NOW,
    )


def test_a_violation_that_is_back_reopens_and_keeps_the_note():
    gone = finding(state=FindingState.RESOLVED, resolved_at=NOW - timedelta(hours=1), note="fixed?")

    (change,) = run([gone], outcome(WRONG))

    assert (change.kind, change.finding.state, change.finding.resolved_at, change.finding.note) == (
        ChangeKind.REOPENED,
        FindingState.OPEN,
        None,
        "fixed?",
    )


@pytest.mark.parametrize(
    "silent",
    [
        outcome(needed=(DENIED,)),
        outcome(needed=(Part("iam", "", PartState.NOT_COLLECTED),)),
        outcome(error="KeyError: 'x'"),
        outcome(cannot_tell=(CannotTell("s", "dark"),)),
        outcome(cannot_tell=(CannotTell("", "all dark"),)),
        outcome(cannot_tell=(CannotTell("", "a Region is dark", "us-east-1"),)),
    ],
    ids=["denied", "never tried", "rule failed", "cannot tell of it", "of nothing", "of a Region it rests on"],
)
def test_silence_resolves_nothing_where_nobody_could_look(silent: RuleOutcome):
    assert run([finding()], silent) == ()


def test_silence_about_another_subject_or_region_resolves():
    regional = finding(region="eu-west-1")
    silent = outcome(cannot_tell=(CannotTell("other", "dark"), CannotTell("", "dark", "us-east-1")))

    assert [change.kind for change in run([regional], silent)] == [ChangeKind.RESOLVED]


def test_a_regional_finding_asks_for_the_parts_of_its_region_only():
    fresh = Part("streams", "eu-west-1", PartState.SEEN, NOW, NOW)
    stale = Part("streams", "us-east-1", PartState.THROTTLED, NOW, NOW)
    both = outcome(needed=(fresh, stale))

    assert was_judged(both, finding(region="eu-west-1"))
    assert not was_judged(both, finding(region="us-east-1"))
    assert not was_judged(both, finding(region=""))


def test_findings_of_rules_that_did_not_run_are_left_alone():
    assert run([finding(rule="gone")], outcome()) == ()


def test_a_resolved_finding_is_not_resolved_again():
    assert run([finding(state=FindingState.RESOLVED, resolved_at=NOW)], outcome()) == ()


def test_a_muted_finding_stays_muted_until_its_time():
    muted = finding(state=FindingState.MUTED, muted_until=NOW + timedelta(days=1))

    (still,) = run([muted], outcome(WRONG))
    (over,) = run([muted], outcome(WRONG), now=NOW + timedelta(days=1))

    assert (still.kind, still.finding.state) == (ChangeKind.KEPT, FindingState.MUTED)
    assert (over.kind, over.finding.state, over.note) == (ChangeKind.REOPENED, FindingState.OPEN, "the mute ended")


def test_a_mute_ends_at_its_time_also_where_nobody_looks_again():
    day = DAY + timedelta(hours=9)
    muted = finding(state=FindingState.MUTED, muted_until=NOW, first_seen_at=day, last_seen_at=day)

    (of_a_day_before,) = run([muted], on_day(3))
    (unread,) = run([muted], outcome(needed=(DENIED,)))

    assert (of_a_day_before.kind, of_a_day_before.finding.state) == (ChangeKind.REOPENED, FindingState.OPEN)
    assert (unread.kind, unread.note) == (ChangeKind.REOPENED, "the mute ended")
    assert run([muted], on_day(3), now=NOW - timedelta(days=1)) == ()


def test_the_reason_of_a_mute_ends_with_it():
    muted = finding(state=FindingState.MUTED, muted_until=NOW, note="a test stream")

    (over,) = run([muted], outcome(WRONG))
    (gone,) = run([muted], outcome())

    assert (over.finding.state, over.finding.note) == (FindingState.OPEN, None)
    assert (gone.finding.state, gone.finding.note) == (FindingState.RESOLVED, None)


def test_an_acknowledged_finding_opens_when_it_gets_worse_and_only_then():
    known = finding(state=FindingState.ACKNOWLEDGED)

    (same,) = run([known], outcome(WRONG))
    (worse,) = run([known], outcome(Violation("s", "worse", severity=Severity.HIGH)))

    assert (same.kind, same.finding.state) == (ChangeKind.KEPT, FindingState.ACKNOWLEDGED)
    assert (worse.kind, worse.finding.state, worse.note) == (
        ChangeKind.REOPENED,
        FindingState.OPEN,
        "severity medium to high",
    )


def test_a_muted_finding_that_is_gone_resolves():
    (change,) = run([finding(state=FindingState.MUTED, muted_until=NOW + timedelta(days=9))], outcome())

    assert (change.finding.state, change.finding.muted_until) == (FindingState.RESOLVED, None)


def test_the_severity_of_a_state_follows_the_rule():
    (change,) = run([finding(severity=Severity.CRITICAL)], outcome(Violation("s", "better", severity=Severity.LOW)))

    assert (change.finding.severity, change.note) == (Severity.LOW, "severity critical to low")


def test_of_two_violations_about_one_subject_the_worse_speaks():
    (change,) = run(
        [], outcome(Violation("s", "b", severity=Severity.HIGH), Violation("s", "a", severity=Severity.LOW))
    )

    assert change.finding.message == "b"


# ---------------------------------------------------------------- what happened


def test_a_finding_of_calls_bears_their_time():
    (change,) = run([], on_day(1, happened(1)))

    assert change.finding.first_seen_at == change.finding.last_seen_at == DAY + timedelta(days=1, hours=9)


def test_a_call_does_not_get_undone_by_the_quiet_of_another_day():
    before = finding(last_seen_at=DAY + timedelta(hours=9))

    assert run([before], on_day(1), on_day(2)) == ()


def test_a_day_that_is_judged_again_and_shows_nothing_any_more_resolves():
    before = finding(last_seen_at=DAY + timedelta(hours=9))

    assert [change.kind for change in run([before], on_day(0), on_day(1))] == [ChangeKind.RESOLVED]


def test_a_milder_day_does_not_take_back_a_worse_one():
    (first,) = run([], on_day(0, happened(0, "burst, then success", Severity.HIGH)))
    (then,) = run([first.finding], on_day(1, happened(1, "burst", Severity.MEDIUM)))

    assert (then.finding.severity, then.finding.message) == (Severity.HIGH, "burst, then success")


def test_a_day_that_is_judged_again_takes_back_what_it_said():
    (first,) = run([], on_day(0, happened(0, "burst, then success", Severity.HIGH)))
    (again,) = run([first.finding], on_day(0, happened(0, "burst", Severity.MEDIUM, hour=10)))

    assert (again.finding.severity, again.finding.message) == (Severity.MEDIUM, "burst")
    assert again.finding.first_seen_at == DAY + timedelta(hours=10)


def test_the_days_before_are_asked_for_when_the_last_one_does_not_bear_a_finding_out_any_more():
    (known,) = run([], on_day(0, happened(0)), on_day(2, happened(2)))
    before = [known.finding]

    assert doubted_since(ACCOUNT, before, [on_day(2), on_day(3)], NOW) == DAY + timedelta(hours=9)
    assert doubted_since(ACCOUNT, before, [on_day(2, happened(2))], NOW) is None
    assert doubted_since(ACCOUNT, before, [on_day(3), outcome()], NOW) is None
    assert doubted_since(ACCOUNT, before, [on_day(2, cannot_tell=(CannotTell("", "dark"),))], NOW) is None


def test_the_order_of_the_days_does_not_matter():
    days = [
        on_day(0, happened(0, "a", Severity.HIGH)),
        on_day(1, happened(1, "b", Severity.MEDIUM)),
        on_day(2, happened(2, "c", Severity.HIGH)),
        on_day(3, happened(3, "d", Severity.LOW)),
    ]

    results = set()
    for order in permutations(days):
        found: list[Finding] = []
        for day in order:
            found = [change.finding for change in run(found, day)] or found
        results.add(found[0])

    (together,) = run([], *days)
    assert results == {together.finding}
    assert (together.finding.message, together.finding.first_seen_at) == ("c", DAY + timedelta(hours=9))


# ---------------------------------------------------------------- always

SUBJECTS = st.sampled_from(["s", "t", "u"])
VIOLATIONS = st.lists(
    st.builds(Violation, SUBJECTS, st.sampled_from(["m", "n"]), severity=st.sampled_from([None, *Severity])), max_size=4
)
UNTOLD = st.lists(st.builds(CannotTell, st.sampled_from(["", "s", "t"]), st.just("dark")), max_size=2)
OUTCOMES = st.builds(
    outcome,
    violations=VIOLATIONS.map(tuple),
    cannot_tell=UNTOLD.map(tuple),
    error=st.sampled_from([None, None, "broke"]),
    needed=st.sampled_from([(), (DENIED,), outcome().needed]),
)
BEFORE = st.lists(
    st.builds(
        finding, subject=SUBJECTS, state=st.sampled_from(list(FindingState)), severity=st.sampled_from(list(Severity))
    ),
    max_size=3,
    unique_by=lambda each: each.subject,
)


@given(BEFORE, OUTCOMES)
def test_the_same_outcome_changes_nothing_the_second_time(before: list[Finding], judged: RuleOutcome):
    after = applied(before, run(before, judged))

    again = run(list(after.values()), judged)

    assert {change.kind for change in again} <= {ChangeKind.KEPT}
    assert applied(list(after.values()), again) == after


@given(BEFORE, OUTCOMES)
def test_nothing_resolves_unless_the_rule_could_have_seen_it(before: list[Finding], judged: RuleOutcome):
    resolved = [change for change in run(before, judged) if change.kind is ChangeKind.RESOLVED]

    assert all(was_judged(judged, change.finding) for change in resolved)
    assert not resolved or (judged.error is None and judged.needed != (DENIED,))


@given(BEFORE, OUTCOMES)
def test_each_violation_has_its_finding_and_no_finding_is_lost(before: list[Finding], judged: RuleOutcome):
    after = applied(before, run(before, judged))

    assert {id_of(each) for each in before} <= set(after)
    active = {each.subject for each in after.values() if each.state is not FindingState.RESOLVED}
    assert {violation.subject for violation in judged.violations} <= active


@given(BEFORE, OUTCOMES)
def test_only_people_acknowledge_and_mute(before: list[Finding], judged: RuleOutcome):
    by_hand = {FindingState.ACKNOWLEDGED, FindingState.MUTED}

    for change in run(before, judged):
        if change.finding.state in by_hand:
            assert change.before is not None
            assert change.before.state is change.finding.state


def applied(before: list[Finding], changes: tuple[Change, ...]) -> dict[str, Finding]:
    return {id_of(each): each for each in before} | {id_of(change.finding): change.finding for change in changes}


def test_severities_are_ordered_worst_first():
    assert is_worse(Severity.CRITICAL, Severity.HIGH)
    assert not is_worse(Severity.LOW, Severity.LOW)
