from dataclasses import replace
from datetime import timedelta

from app.core.model.finding import Severity
from app.core.rules.detections.burst_of_denials import BURST, RULE
from tests.builders.events import EVENT
from tests.builders.facts import at, call, day_of, judged, only

NINE = at(9)


def denied(count: int, *, start=NINE, apart_s: int = 8, **changes: object):
    changes = {"action": "GetMedia", "error_code": "AccessDeniedException"} | changes
    return [call(n, event_time=start + timedelta(seconds=apart_s * n), **changes) for n in range(count)]


def test_it_flags_a_burst():
    found = only(judged(RULE, day_of(*denied(BURST))))

    assert found.severity is Severity.MEDIUM
    assert found.message.startswith(f"{BURST} denied calls of ArchiveReader in 3 minutes on ward-3-corridor")


def test_a_success_of_the_same_call_makes_it_high():
    success = call(900, event_time=at(9, 20), action="GetMedia")

    found = only(judged(RULE, day_of(*denied(47), success)))

    assert found.severity is Severity.HIGH
    assert found.message.endswith("then GetMedia succeeded")
    assert found.last_at == success.event_time


def test_of_several_successes_the_one_that_shows_media_is_told():
    endpoint = call(900, event_time=at(9, 19), action="GetDataEndpoint")
    burst = [*denied(30), *denied(30, start=NINE + timedelta(minutes=4), action="GetDataEndpoint")]

    found = only(judged(RULE, day_of(*burst, endpoint, call(901, event_time=at(9, 20), action="GetMedia"))))

    assert found.message.endswith("then GetMedia succeeded")


def test_a_success_after_hours_of_denials_is_told():
    success = call(900, event_time=at(12, 10), action="GetMedia")

    found = only(judged(RULE, day_of(*denied(360, apart_s=30), success)))

    assert found.severity is Severity.HIGH
    assert found.message.startswith("360 denied calls of ArchiveReader in 180 minutes")


def test_of_several_bursts_the_one_that_found_a_door_is_told():
    success = call(900, event_time=at(15, 10), action="GetMedia")

    found = only(judged(RULE, day_of(*denied(60), *denied(BURST, start=at(15)), success)))

    assert (found.severity, found.first_at, found.last_at) == (Severity.HIGH, at(15), success.event_time)


def test_a_success_after_midnight_is_told_on_the_day_after():
    burst = denied(BURST, start=at(0) - timedelta(minutes=55))

    found = only(judged(RULE, day_of(*burst, call(900, event_time=at(0, 3), action="GetMedia"))))

    assert (found.severity, found.last_at) == (Severity.HIGH, at(0, 3))


def test_a_success_before_the_call_was_ever_denied_is_none():
    burst = denied(BURST, action="GetClip")
    first = call(900, event_time=at(9, 1), action="GetMedia")

    found = only(judged(RULE, day_of(*burst, first, *denied(3, start=at(9, 2), action="GetMedia"))))

    assert found.severity is Severity.MEDIUM


def test_a_success_of_another_call_does_not():
    assert only(judged(RULE, day_of(*denied(47), call(900, event_time=at(9, 20))))).severity is Severity.MEDIUM


def test_it_leaves_a_slow_trickle_of_denials_alone():
    assert judged(RULE, day_of(*denied(100, start=at(1), apart_s=120))).violations == ()


def test_it_leaves_one_less_alone():
    assert judged(RULE, day_of(*denied(BURST - 1))).violations == ()


def test_other_errors_are_no_denials():
    assert judged(RULE, day_of(*denied(50, error_code="ClientLimitExceededException"))).violations == ()


def test_a_burst_over_midnight_is_told_on_the_day_on_which_it_ends():
    assert only(judged(RULE, day_of(*denied(BURST, start=at(0) - timedelta(minutes=1)))))


def test_a_burst_of_the_day_before_is_not_told_again():
    assert judged(RULE, day_of(*denied(BURST, start=at(-0.5)))).violations == ()


def test_our_own_denied_calls_are_the_account_pages_business():
    facts = day_of(*denied(50))
    account = replace(facts.snapshot.account, role_arn=EVENT.actor.principal)

    assert judged(RULE, replace(facts, snapshot=replace(facts.snapshot, account=account))).violations == ()
