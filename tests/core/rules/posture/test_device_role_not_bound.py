from app.core.rules.posture.device_role_not_bound import RULE
from tests.builders import iam
from tests.builders.documents import DEVICE_TRUST
from tests.builders.facts import judged, only, posture

BY_THING = f"arn:aws:kinesisvideo:*:{iam.ACCOUNT}:stream/${{credentials-iot:ThingName}}/*"


def test_it_flags_a_fleet_role_without_a_device_variable():
    found = only(judged(RULE, posture(iam.role(iam.allow("kinesisvideo:PutMedia"), trust=DEVICE_TRUST))))

    assert "lets each of them call PutMedia as any other" in found.message
    assert found.evidence[0].kind == "statement"


def test_it_flags_masters_of_any_channel():
    role = iam.role(iam.allow("kinesisvideo:ConnectAsMaster"), trust=DEVICE_TRUST)

    assert "ConnectAsMaster" in only(judged(RULE, posture(role))).message


def test_it_leaves_a_bound_fleet_alone():
    role = iam.role(iam.allow("kinesisvideo:PutMedia", BY_THING), trust=DEVICE_TRUST)

    assert judged(RULE, posture(role)).violations == ()


def test_it_leaves_a_role_alone_that_no_device_gets():
    assert judged(RULE, posture(iam.role(iam.allow("kinesisvideo:PutMedia")))).violations == ()


def test_it_cannot_tell_when_scps_could_not_be_read():
    role = iam.role(iam.allow("kinesisvideo:PutMedia"), trust=DEVICE_TRUST)

    assert judged(RULE, posture(role, organization=None)).cannot_tell
