from dataclasses import replace
from datetime import timedelta

from app.core.model.event import Actor, ActorKind
from app.core.model.finding import Severity
from app.core.rules.detections.trail_tampering import RULE
from tests.builders.facts import WORKING, at, call, day_of, judged, only, trail

TOMAS = Actor(
    ActorKind.ROLE, "arn:aws:iam::590817264433:role/AWSReservedSSO_AdministratorAccess_1", 590817264433, "tomas"
)


def change(number: int, action: str, hour: int = 22, **changes: object):
    values = {"source": "cloudtrail.amazonaws.com", "stream": None, "actor": TOMAS, "event_time": at(hour)}
    return call(number, action=action, **(values | changes))


def test_it_flags_who_stopped_a_trail_and_names_the_trail_that_aws_says_it_was():
    facts = day_of(change(0, "StopLogging"))
    stopped = trail(status=replace(WORKING, is_logging=False, stopped_at=at(22, 0, 3)))

    found = only(judged(RULE, replace(facts, snapshot=replace(facts.snapshot, trails=(stopped,)))))

    assert found.message == "tomas stopped a trail on 23 November at 22:00Z"
    assert found.severity is Severity.HIGH
    assert found.evidence[-1].text.startswith("account-trail: 2026-11-23 22:00:03Z")


def test_it_says_when_the_trail_was_started_again():
    found = only(judged(RULE, day_of(change(0, "StopLogging", 3), change(1, "StartLogging", 5))))

    assert found.message.endswith("03:00Z, started again after 2 h 0 min")


def test_it_knows_from_the_trail_when_it_was_started_the_next_day():
    facts = day_of(change(0, "StopLogging"))
    again = trail(status=replace(WORKING, stopped_at=at(22, 0, 3), started_at=at(22) + timedelta(hours=6, minutes=24)))

    found = only(judged(RULE, replace(facts, snapshot=replace(facts.snapshot, trails=(again,)))))

    assert found.message.endswith("started again after 6 h 24 min")


def test_a_refused_start_and_one_elsewhere_start_nothing():
    refused = change(1, "StartLogging", 5, error_code="AccessDenied")
    elsewhere = change(2, "StartLogging", 6, region="us-east-1")

    found = only(judged(RULE, day_of(change(0, "StopLogging", 3), refused, elsewhere)))

    assert found.message.endswith("at 03:00Z")


def test_what_was_deleted_is_not_started_again():
    found = only(judged(RULE, day_of(change(0, "DeleteTrail", 3), change(1, "StartLogging", 5))))

    assert found.message == "tomas deleted a trail on 23 November at 03:00Z"


def test_changed_selectors_weigh_less():
    assert only(judged(RULE, day_of(change(0, "PutEventSelectors")))).severity is Severity.LOW


def test_it_leaves_a_refused_stop_and_a_start_alone():
    facts = day_of(change(0, "StopLogging", error_code="AccessDenied"), change(1, "StartLogging"))

    assert judged(RULE, facts).violations == ()
