from app.core.model.finding import Severity
from app.core.rules.posture.producer_beyond_its_job import RULE
from tests.builders import iam
from tests.builders.facts import judged, only, posture

PRODUCER = ("kinesisvideo:PutMedia", "kinesisvideo:GetDataEndpoint", "kinesisvideo:DescribeStream")


def producer(*more: str):
    return iam.role(iam.allow([*PRODUCER, *more]))


def test_it_flags_a_producer_that_may_delete_streams_as_high():
    found = only(judged(RULE, posture(producer("kinesisvideo:DeleteStream", "kinesisvideo:ListStreams"))))

    assert found.severity is Severity.HIGH
    assert "DeleteStream" in found.message
    assert "2 actions" in found.message


def test_a_producer_that_only_looks_around_weighs_less():
    assert only(judged(RULE, posture(producer("kinesisvideo:ListStreams")))).severity is Severity.MEDIUM


def test_it_leaves_alone_what_a_producer_and_its_sdk_need():
    role = producer("kinesisvideo:TagStream", "kinesisvideo:CreateStream", "kinesisvideo:ConnectAsMaster")

    assert judged(RULE, posture(role)).violations == ()


def test_it_leaves_who_does_not_send_alone():
    assert judged(RULE, posture(iam.role(iam.allow("kinesisvideo:DeleteStream")))).violations == ()


def test_it_counts_the_producers_it_looked_at():
    assert judged(RULE, posture(producer())).checked == 1


def test_it_cannot_tell_when_scps_could_not_be_read():
    outcome = judged(RULE, posture(producer("kinesisvideo:DeleteStream"), organization=None))

    assert outcome.violations == ()
    assert "1 principal" in outcome.cannot_tell[0].reason
