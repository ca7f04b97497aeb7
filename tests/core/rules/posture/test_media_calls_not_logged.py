from app.core.model.finding import Severity
from app.core.rules.posture.media_calls_not_logged import RULE
from tests.builders import iam
from tests.builders.facts import MANAGEMENT, MEDIA, denied, judged, parts, posture, trail


def test_it_flags_each_stream_and_channel_that_no_selector_takes():
    outcome = judged(RULE, posture(trails=(trail(MANAGEMENT),)))

    assert {(v.subject, v.severity) for v in outcome.violations} == {
        (iam.CAMERA, Severity.HIGH),
        (iam.OTHER_CAMERA, Severity.HIGH),
        (iam.CHANNEL, Severity.MEDIUM),
    }


def test_it_flags_an_account_without_any_trail():
    assert len(judged(RULE, posture(trails=())).violations) == 3


def test_it_leaves_streams_alone_whose_calls_are_logged():
    outcome = judged(RULE, posture(trails=(trail(MANAGEMENT, MEDIA),)))

    assert [violation.subject for violation in outcome.violations] == [iam.CHANNEL]


def test_what_kvswatch_does_not_read_is_logged_all_the_same():
    assert judged(RULE, posture(sources=())).violations == ()


def test_it_cannot_tell_when_the_selectors_could_not_be_read():
    outcome = judged(RULE, posture(trails=(trail(MANAGEMENT, selectors_seen=False),)))

    assert outcome.violations == ()
    assert {answer.subject for answer in outcome.cannot_tell} == {iam.CAMERA, iam.OTHER_CAMERA, iam.CHANNEL}


def test_it_cannot_tell_of_a_region_whose_trails_were_never_read():
    facts = posture(trails=(), parts=parts(denied("trails", "us-east-1", "cloudtrail:DescribeTrails")))

    outcome = judged(RULE, facts)

    assert iam.OTHER_CAMERA not in {violation.subject for violation in outcome.violations}
    assert iam.OTHER_CAMERA in {answer.subject for answer in outcome.cannot_tell}
