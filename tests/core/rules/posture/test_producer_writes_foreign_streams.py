from app.core.model.finding import Severity
from app.core.rules.posture.producer_writes_foreign_streams import RULE
from tests.builders import iam
from tests.builders.documents import DEVICE_TRUST
from tests.builders.facts import judged, only, posture

OWN_STREAM = f"arn:aws:kinesisvideo:*:{iam.ACCOUNT}:stream/${{credentials-iot:ThingName}}/*"


def test_it_flags_a_fleet_whose_devices_write_everywhere():
    found = only(judged(RULE, posture(iam.role(iam.allow("kinesisvideo:PutMedia"), trust=DEVICE_TRUST))))

    assert found.message == "viewer may write to 2 streams; each camera needs one"
    assert found.severity is Severity.HIGH
    assert "north-cam-1" in found.evidence[-1].text


def test_a_gateway_weighs_less_than_a_device():
    assert only(judged(RULE, posture(iam.role(iam.allow("kinesisvideo:PutMedia"))))).severity is Severity.MEDIUM


def test_it_leaves_a_fleet_alone_that_is_bound_to_its_thing():
    role = iam.role(iam.allow("kinesisvideo:PutMedia", OWN_STREAM), trust=DEVICE_TRUST)

    assert judged(RULE, posture(role)).violations == ()


def test_it_leaves_a_producer_of_one_stream_alone():
    role = iam.role(iam.allow("kinesisvideo:PutMedia", iam.CAMERA))

    assert judged(RULE, posture(role)).violations == ()


def test_it_cannot_tell_when_scps_could_not_be_read():
    outcome = judged(RULE, posture(iam.role(iam.allow("kinesisvideo:PutMedia")), organization=None))

    assert outcome.violations == ()
    assert outcome.cannot_tell
