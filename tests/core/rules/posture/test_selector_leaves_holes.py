from app.core.model.trail import FieldSelector
from app.core.rules.posture.selector_leaves_holes import RULE
from tests.builders import iam
from tests.builders.facts import MANAGEMENT, MEDIA, SIGNALING, equals, judged, only, posture, selector, trail

STREAMS = (equals("eventCategory", "Data"), equals("resources.type", "AWS::KinesisVideo::Stream"))


def logged_by(*fields: FieldSelector):
    return posture(trails=(trail(MANAGEMENT, selector("KVS", *STREAMS, *fields), SIGNALING),), streams=(iam.stream(),))


def test_it_flags_a_selector_of_writes_that_loses_who_watched():
    found = only(judged(RULE, logged_by(equals("readOnly", "false"))))

    assert (found.subject, found.region) == (trail().arn, "eu-central-1")
    assert "GetMedia" in found.evidence[0].text
    # Whether PutMedia has readOnly=false AWS does not say.
    assert "PutMedia" in found.evidence[0].text


def test_it_flags_a_selector_of_one_call():
    assert "PutMedia" in only(judged(RULE, logged_by(equals("eventName", "GetMedia")))).evidence[0].text


def test_it_flags_a_selector_that_leaves_a_caller_out():
    field = FieldSelector("userIdentity.arn", not_starts_with=("arn:aws:sts::111122223333:assumed-role/portal",))

    assert only(judged(RULE, logged_by(field)))


def test_it_leaves_a_whole_selector_alone():
    assert judged(RULE, logged_by()).violations == ()


def test_two_trails_may_log_one_half_each():
    live = trail(MANAGEMENT, selector("Live", *STREAMS, equals("eventName", "GetMedia")))
    rest = FieldSelector("eventName", not_equals=("GetMedia",))
    others = trail(MANAGEMENT, selector("Rest", *STREAMS, rest), arn="arn:aws:cloudtrail:x:1:trail/b")

    assert judged(RULE, posture(trails=(live, others), streams=(iam.stream(),))).violations == ()


def test_it_leaves_streams_to_another_rule_of_which_nothing_is_logged():
    assert judged(RULE, posture(trails=(trail(MANAGEMENT),))).violations == ()


def test_it_cannot_tell_when_the_selectors_could_not_be_read():
    outcome = judged(RULE, posture(trails=(trail(MANAGEMENT, MEDIA, selectors_seen=False),)))

    assert outcome.violations == ()
    assert iam.CAMERA in {answer.subject for answer in outcome.cannot_tell}
