from app.core.model.event import Actor, ActorKind
from app.core.rules.detections.root_used_kvs import RULE
from tests.builders.facts import call, day_of, judged, only

ROOT = Actor(ActorKind.ROOT, "arn:aws:iam::590817264433:root", 590817264433)


def test_it_flags_the_root_user():
    found = only(judged(RULE, day_of(call(actor=ROOT, action="ListStreams"))))

    assert found.subject == ROOT.principal
    assert "1 KVS call (ListStreams)" in found.message


def test_it_leaves_a_service_alone_that_acts_for_the_account():
    assert judged(RULE, day_of(call(actor=ROOT, invoked_by="rekognition.amazonaws.com"))).violations == ()


def test_it_leaves_roots_other_calls_alone():
    assert (
        judged(RULE, day_of(call(actor=ROOT, source="cloudtrail.amazonaws.com", action="StartLogging"))).violations
        == ()
    )
