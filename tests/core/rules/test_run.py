from dataclasses import replace

from app.core.coverage.observe import ActionClass, ObservableState
from app.core.model.finding import CannotTell, Violation
from app.core.rules.detections.root_used_kvs import RULE as ROOT_USED
from app.core.rules.posture.stream_keeps_no_media import RULE
from app.core.rules.run import run_detections, run_posture
from tests.builders.facts import all_day, day_of, denied, fresh, parts, posture


def test_a_rule_that_fails_says_so_and_the_next_one_runs():
    broken = replace(RULE, check=lambda _facts: iter([1 / 0]))
    fine = replace(RULE, check=lambda _facts: iter([Violation("a", "wrong"), CannotTell("b", "dark")]))

    first, second = run_posture({"broken": broken, "fine": fine}, posture())

    assert (first.error, first.violations) == ("ZeroDivisionError: division by zero", ())
    assert [violation.subject for violation in second.violations] == ["a"]
    assert [answer.subject for answer in second.cannot_tell] == ["b"]


def test_a_rule_that_fails_half_way_says_nothing():
    def check(_facts: object):
        yield Violation("a", "wrong")
        raise ValueError("half way")

    (outcome,) = run_posture({"broken": replace(RULE, check=check)}, posture())

    assert (outcome.error, outcome.violations) == ("ValueError: half way", ())


def test_a_failing_count_fails_the_rule():
    (outcome,) = run_posture({"broken": replace(RULE, subjects=lambda _facts: len(None))}, posture())

    assert outcome.error is not None


def test_a_rule_is_not_run_without_a_part_of_the_whole_account():
    asked = replace(RULE, needs=("iam", "managed_policies"), check=lambda _facts: iter([Violation("a", "wrong")]))
    facts = posture(parts=parts(denied("iam", missing="iam:X"), denied("managed_policies", missing="iam:Y")))

    (outcome,) = run_posture({"rule": asked}, facts)

    assert outcome.violations == ()
    (answer,) = outcome.cannot_tell
    assert answer.reason == "iam: never read, denied iam:X; managed policies: never read, denied iam:Y"


def test_a_rule_is_run_on_the_regions_that_were_read():
    facts = posture(parts=parts(denied("streams", "us-east-1", "kinesisvideo:ListStreams")))

    (outcome,) = run_posture({"rule": replace(RULE, check=lambda _facts: iter([Violation("a", "wrong")]))}, facts)

    assert len(outcome.violations) == 1
    assert [answer.region for answer in outcome.cannot_tell] == ["us-east-1"]


def test_a_part_whose_last_reading_failed_is_judged_as_it_was_last_seen():
    stale = denied("streams", "us-east-1", seen_at=fresh("streams").seen_at)

    (outcome,) = run_posture({"rule": RULE}, posture(parts=parts(stale)))

    assert outcome.cannot_tell == ()
    assert stale in outcome.needed


def test_what_was_found_stays_beside_what_the_log_could_not_show():
    dark = all_day(ObservableState.NOT_DELIVERED, "account-trail would log them, but it is stopped")
    rule = replace(
        ROOT_USED,
        rests_on=(ActionClass.MANAGEMENT,),
        check=lambda _facts: iter([Violation("a", "wrong"), CannotTell("", "too short a past")]),
    )

    (outcome,) = run_detections({"rule": rule}, day_of(coverage=dark))

    assert [violation.subject for violation in outcome.violations] == ["a"]
    assert outcome.cannot_tell == (
        CannotTell(
            "",
            "management calls not observed: account-trail would log them, but it is stopped; too short a past",
        ),
    )


def test_an_answer_for_the_account_holds_those_of_its_regions():
    missing = parts(denied("streams", "us-east-1", "kinesisvideo:ListStreams"))
    told = [CannotTell("", "too short a past"), CannotTell("b", "dark", "us-east-1")]

    (outcome,) = run_posture({"rule": replace(RULE, check=lambda _facts: iter(told))}, posture(parts=missing))

    assert outcome.cannot_tell == (
        CannotTell(
            "",
            "us-east-1: streams in us-east-1: never read, denied kinesisvideo:ListStreams; too short a past",
            is_unread=True,
        ),
        CannotTell("b", "dark", "us-east-1"),
    )


def test_only_what_waits_for_a_part_is_said_to_wait():
    missing = parts(denied("streams", "us-east-1", "kinesisvideo:ListStreams"))
    told = iter([CannotTell("b", "dark")])

    (outcome,) = run_posture({"rule": replace(RULE, check=lambda _facts: told)}, posture(parts=missing))

    assert [(answer.region, answer.is_unread) for answer in outcome.cannot_tell] == [("us-east-1", True), ("", False)]
