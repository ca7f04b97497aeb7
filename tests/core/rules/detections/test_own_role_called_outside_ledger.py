from datetime import timedelta

from app.core.model.event import Actor, ActorKind
from app.core.own import ASSUME_ROLE, OwnWork, RoleCall
from app.core.rules.detections.own_role_called_outside_ledger import RULE
from tests.builders import iam
from tests.builders.facts import at, call, day_of, judged, only

ROLE = f"arn:aws:iam::{iam.ACCOUNT}:role/scan"
OWN = Actor(ActorKind.ROLE, ROLE, iam.ACCOUNT, "kvswatch-1")
SINCE = at(-48)
REGION, LIST = "eu-central-1", "kinesisvideo:ListStreams"
OURS, THEIRS = "198.51.100.7", "203.0.113.66"
ASSUMED = RoleCall(at(8, 50), "session", ASSUME_ROLE, REGION, "kvswatch-1", OURS)


def own(number: int = 0, action: str = "ListStreams", **changes: object):
    return call(number, **({"actor": OWN, "action": action, "event_time": at(9, 30), "address": OURS} | changes))


def work(made: int, **changes: object):
    values = {
        "begun": {(at(9), LIST, REGION): made, (at(8), ASSUME_ROLE, REGION): 1},
        "since": SINCE,
        "assumed": (ASSUMED,),
    }
    return OwnWork(ROLE, "kvswatch-1", **(values | changes))


def test_it_flags_a_call_that_the_ledger_does_not_know():
    found = only(judged(RULE, day_of(own(), own(1, "GetClip"), own_work=work(1))))

    assert found.subject == ROLE
    assert "1 call (GetClip) that kvswatch did not make" in found.message


def test_it_flags_one_call_more_than_were_made():
    facts = day_of(own(0), own(1), own(2), own_work=work(2))

    assert "1 call (ListStreams)" in only(judged(RULE, facts)).message


def test_a_steady_pace_pays_for_no_call_of_somebody_else():
    hours = range(8, 12)
    ours = [own(hour, event_time=at(hour, 30)) for hour in hours]
    steady = {(at(hour), LIST, REGION): 1 for hour in hours} | {(at(8), ASSUME_ROLE, REGION): 1}
    assumed = RoleCall(at(8, 5), "session", ASSUME_ROLE, REGION, "kvswatch-1", OURS)
    stolen = own(99, event_time=at(10, 40), address=THEIRS)

    found = only(judged(RULE, day_of(*ours, stolen, own_work=work(0, begun=steady, assumed=(assumed,)))))

    assert found.first_at == found.last_at == stolen.event_time
    assert found.evidence[0].text == THEIRS


def test_it_flags_a_session_that_is_not_named_like_ours():
    stranger = Actor(ActorKind.ROLE, ROLE, iam.ACCOUNT, "aws-cli")

    assert "1 call" in only(judged(RULE, day_of(own(actor=stranger), own_work=work(1)))).message


def test_it_flags_a_session_that_kvswatch_did_not_ask_for():
    stolen = RoleCall(at(9, 40), "stolen", ASSUME_ROLE, REGION, "kvswatch-1", THEIRS)
    facts = day_of(own(), own_work=work(1, assumed=(ASSUMED, stolen)))

    found = only(judged(RULE, facts))

    assert "was assumed by 1 call of AssumeRole that kvswatch did not make" in found.message
    assert (found.first_at, found.last_at) == (stolen.at, stolen.at)
    assert [one.text for one in found.evidence] == [THEIRS, f"AssumeRole as kvswatch-1 from {THEIRS}"]


def test_a_session_of_the_day_before_is_that_day_s():
    stolen = RoleCall(at(-1, 30), "stolen", ASSUME_ROLE, REGION, "kvswatch-1", THEIRS)

    assert judged(RULE, day_of(own(), own_work=work(1, assumed=(ASSUMED, stolen)))).violations == ()


def test_it_tells_stolen_calls_and_sessions_in_one():
    stolen = RoleCall(at(9, 40), "stolen", ASSUME_ROLE, REGION, "kvswatch-1", THEIRS)
    late = own(1, event_time=at(9, 45), address=THEIRS)

    found = only(judged(RULE, day_of(own(), late, own_work=work(1, assumed=(ASSUMED, stolen)))))

    assert "made 1 call (ListStreams) and was assumed by 1 call of AssumeRole" in found.message
    assert (found.first_at, found.last_at) == (stolen.at, late.event_time)


def test_it_leaves_the_calls_of_the_ledger_alone():
    outcome = judged(RULE, day_of(own(), own_work=work(1)))

    assert (outcome.violations, outcome.cannot_tell) == ((), ())


def test_a_call_that_began_in_the_hour_before_is_known():
    late = own(event_time=at(10) + timedelta(seconds=1))

    assert judged(RULE, day_of(late, own_work=work(1))).violations == ()


def test_calls_of_the_evening_before_are_not_told_again_but_take_from_the_ledger():
    evening = own(event_time=at(-1, 58))
    night = own(1, event_time=at(0, 1))
    begun = {(at(-1), LIST, REGION): 1, (at(-1), ASSUME_ROLE, REGION): 1}
    assumed = RoleCall(at(-1, 5), "session", ASSUME_ROLE, REGION, "kvswatch-1", OURS)

    found = only(judged(RULE, day_of(evening, night, own_work=work(0, begun=begun, assumed=(assumed,)))))

    assert found.first_at == night.event_time


def test_a_call_from_elsewhere_that_the_ledger_has_room_for_is_neither():
    outcome = judged(RULE, day_of(own(address=THEIRS), own_work=work(1)))

    assert outcome.violations == ()
    assert THEIRS in outcome.cannot_tell[0].reason


def test_it_compares_nothing_with_the_time_before_the_ledger():
    for known in (work(0, since=at(9)), work(0, since=None), None):
        outcome = judged(RULE, day_of(own(), own_work=known))

        assert (outcome.violations, outcome.cannot_tell) == ((), ())


def test_it_leaves_others_alone():
    assert judged(RULE, day_of(call(), own_work=work(0))).violations == ()
