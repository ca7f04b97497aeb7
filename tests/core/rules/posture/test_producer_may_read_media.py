from app.core.rules.posture.producer_may_read_media import RULE
from tests.builders import iam
from tests.builders.documents import DEVICE_TRUST
from tests.builders.facts import judged, only, posture


def test_it_flags_a_camera_that_may_watch():
    role = iam.role(iam.allow(["kinesisvideo:PutMedia", "kinesisvideo:GetMedia"]), trust=DEVICE_TRUST)

    found = only(judged(RULE, posture(role)))

    assert "2 streams and channels by GetMedia" in found.message
    assert "devices carry its credentials" in found.message


def test_it_flags_a_doorbell_that_may_view_channels():
    role = iam.role(iam.allow(["kinesisvideo:ConnectAsMaster", "kinesisvideo:ConnectAsViewer"]))

    assert "ConnectAsViewer" in only(judged(RULE, posture(role))).message


def test_it_leaves_a_producer_alone_whose_read_is_denied():
    role = iam.role(iam.allow(["kinesisvideo:PutMedia", "kinesisvideo:GetMedia"]), iam.deny("kinesisvideo:GetMedia*"))

    assert judged(RULE, posture(role)).violations == ()


def test_it_leaves_a_reader_alone_that_does_not_send():
    assert judged(RULE, posture(iam.role(iam.allow("kinesisvideo:GetMedia")))).violations == ()


def test_it_cannot_tell_when_scps_could_not_be_read():
    role = iam.role(iam.allow(["kinesisvideo:PutMedia", "kinesisvideo:GetMedia"]))

    assert judged(RULE, posture(role, organization=None)).cannot_tell[0].subject == ""
