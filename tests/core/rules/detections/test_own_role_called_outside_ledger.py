from datetime import timedelta

from app.core.model.event import Actor, ActorKind
from app.core.rules.detections.own_role_called_outside_ledger import RULE
from tests.builders import iam
from tests.builders.facts import at, call, day_of, judged, only

OWN = Actor(ActorKind.ROLE, f"arn:aws:iam::{iam.ACCOUNT}:role/scan", iam.ACCOUNT, "kvswatch")
SINCE = at(-48)
LIST = (at(9), "kinesisvideo:ListStreams", "eu-central-1")


def own(number: int = 0, action: str = "ListStreams", **changes: object):
    return call(number, **({"actor": OWN, "action": action, "event_time": at(9, 30)} | changes))


def test_it_flags_a_call_that_the_ledger_does_not_know():
    facts = day_of(own(), own(1, "GetClip"), own_calls={LIST: 1}, own_calls_since=SINCE)

    found = only(judged(RULE, facts))

    assert found.subject == OWN.principal
    assert "1 call (GetClip) that kvswatch did not make" in found.message


def test_it_flags_one_call_more_than_were_made():
    facts = day_of(own(0), own(1), own(2), own_calls={LIST: 2}, own_calls_since=SINCE)

    assert "1 call (ListStreams)" in only(judged(RULE, facts)).message


def test_it_leaves_the_calls_of_the_ledger_alone():
    assert judged(RULE, day_of(own(), own_calls={LIST: 1}, own_calls_since=SINCE)).violations == ()


def test_a_call_that_began_in_the_hour_before_is_known():
    late = own(event_time=at(10) + timedelta(seconds=1))

    assert judged(RULE, day_of(late, own_calls={LIST: 1}, own_calls_since=SINCE)).violations == ()


def test_it_compares_nothing_with_the_time_before_the_ledger():
    facts = day_of(own(), own_calls_since=at(9))

    assert judged(RULE, facts).violations == ()
    assert judged(RULE, day_of(own())).violations == ()


def test_it_leaves_others_alone():
    assert judged(RULE, day_of(call(), own_calls_since=SINCE)).violations == ()
