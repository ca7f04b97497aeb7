from app.core.model.trail import BasicSelector
from app.core.rules.posture.read_management_events_not_logged import RULE
from tests.builders.facts import MANAGEMENT, equals, judged, only, posture, selector, trail

WRITES = selector("Writes", equals("eventCategory", "Management"), equals("readOnly", "false"))


def test_it_flags_a_trail_of_writes():
    found = only(judged(RULE, posture(trails=(trail(WRITES),))))

    assert found.subject == trail().arn
    assert found.evidence[0].text == "AssumeRole: none, GetDataEndpoint: none"


def test_it_flags_a_basic_selector_of_writes():
    basic = BasicSelector("WriteOnly", includes_management_events=True)

    assert only(judged(RULE, posture(trails=(trail(advanced=(), basic=(basic,)),))))


def test_another_trail_that_logs_reads_is_enough():
    other = trail(MANAGEMENT, arn="arn:aws:cloudtrail:eu-central-1:1:trail/org")

    assert judged(RULE, posture(trails=(trail(WRITES), other))).violations == ()


def test_a_trail_of_another_region_alone_does_not_log_the_reads_of_all():
    local = trail(
        MANAGEMENT, arn="arn:aws:cloudtrail:eu-west-1:1:trail/x", home_region="eu-west-1", is_multi_region=False
    )
    writes = trail(WRITES, is_multi_region=False)

    assert only(judged(RULE, posture(trails=(trail(WRITES), local)))).subject == trail().arn
    assert only(judged(RULE, posture(trails=(writes, local)))).subject == trail().arn


def test_a_trail_of_the_same_region_logs_the_reads_of_it():
    local = trail(MANAGEMENT, arn="arn:aws:cloudtrail:eu-central-1:1:trail/x", is_multi_region=False)

    assert judged(RULE, posture(trails=(trail(WRITES, is_multi_region=False), local))).violations == ()


def test_a_trail_without_selectors_logs_all_management_events():
    assert judged(RULE, posture(trails=(trail(advanced=()),))).violations == ()


def test_a_trail_of_media_alone_is_not_asked_for_reads():
    media = selector("Media", equals("eventCategory", "Data"), equals("resources.type", "AWS::KinesisVideo::Stream"))

    assert judged(RULE, posture(trails=(trail(media),))).violations == ()


def test_it_cannot_tell_when_the_selectors_could_not_be_read():
    outcome = judged(RULE, posture(trails=(trail(selectors_seen=False, advanced=()),)))

    assert outcome.violations == ()
    assert outcome.cannot_tell[0].subject == trail().arn
