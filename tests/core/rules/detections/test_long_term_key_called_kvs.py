from app.core.model.event import Actor, ActorKind, KeyKind
from app.core.model.finding import Severity
from app.core.rules.detections.long_term_key_called_kvs import RULE
from tests.builders.facts import DAY, at, call, day_of, judged, only

KEY = "AKIAIOSFODNN7EXAMPLE"
USER = Actor(ActorKind.USER, "arn:aws:iam::590817264433:user/cams/cam-gate-07", 590817264433)


def with_key(number: int = 0, kind: KeyKind = KeyKind.LONG_TERM, key: str = KEY, **changes: object):
    return call(number, actor=USER, access_key=key, key_kind=kind, **changes)


def test_it_flags_the_key_with_its_calls():
    facts = day_of(with_key(0, action="PutMedia"), with_key(1, action="GetDataEndpoint"))

    found = only(judged(RULE, facts))

    assert found.subject == KEY
    assert (
        found.message
        == "The long-term key of cam-gate-07 made 2 KVS calls (GetDataEndpoint and PutMedia) on 23 November"
    )
    assert (found.first_at, found.last_at) == (facts.events[0].event_time, facts.events[1].event_time)
    assert found.evidence[0].link.startswith("/events?event=590817264433.20261123T")


def test_temporary_keys_of_a_user_are_one_finding_of_the_user_and_weigh_less():
    kind = KeyKind.TEMPORARY_OF_USER

    found = only(judged(RULE, day_of(with_key(0, kind, "ASIA1"), with_key(1, kind, "ASIA2"))))

    assert (found.subject, found.severity) == (USER.principal, Severity.MEDIUM)


def test_it_leaves_roles_and_other_services_alone():
    sts = with_key(source="sts.amazonaws.com", action="AssumeRole")

    assert judged(RULE, day_of(call(), sts)).violations == ()


def test_it_tells_nothing_of_the_day_before():
    assert judged(RULE, day_of(with_key(event_time=at(-1)), day=DAY)).violations == ()
