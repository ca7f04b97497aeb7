import pytest

from app.core.rules.posture.video_through_generic_policy import RULE
from tests.builders import iam
from tests.builders.documents import managed
from tests.builders.facts import judged, only, posture

READ_ONLY = managed(
    iam.allow(["kinesisvideo:Get*", "kinesisvideo:List*"]),
    name="ReadOnlyAccess",
    arn="arn:aws:iam::aws:policy/ReadOnlyAccess",
)


def test_it_flags_an_auditor_with_readonlyaccess():
    auditor = iam.role(attached=(READ_ONLY.arn,))

    found = only(judged(RULE, posture(auditor, policies=(READ_ONLY,))))

    assert found.message == "viewer may read media of 2 streams, because ReadOnlyAccess allows kinesisvideo:Get*"
    assert found.evidence[0].where.startswith("managed policy ReadOnlyAccess")


def test_it_flags_a_pattern_that_happens_to_take_media_in():
    assert only(judged(RULE, posture(iam.role(iam.allow("kinesisvideo:Get*"))))).subject == iam.ROLE


def test_it_leaves_a_reader_alone_whose_policy_names_the_call():
    role = iam.role(iam.allow(["kinesisvideo:GetMedia", "kinesisvideo:GetClip"]), attached=(READ_ONLY.arn,))

    assert judged(RULE, posture(role, policies=(READ_ONLY,))).violations == ()


def test_it_leaves_owners_of_everything_to_another_rule():
    assert judged(RULE, posture(iam.role(iam.allow("kinesisvideo:*")))).violations == ()


def test_it_cannot_tell_when_scps_could_not_be_read():
    outcome = judged(RULE, posture(iam.role(iam.allow("kinesisvideo:Get*")), organization=None))

    assert outcome.violations == ()
    assert outcome.cannot_tell


def test_it_leaves_the_role_of_one_service_alone():
    own = managed(
        iam.allow("kinesisvideo:Get*"), name="Rekognition", arn="arn:aws:iam::aws:policy/service-role/Rekognition"
    )

    assert judged(RULE, posture(iam.role(attached=(own.arn,)), policies=(own,))).violations == ()


@pytest.mark.parametrize("everything", ["KinesisVideo:*", "kinesisvideo:?*"])
def test_all_of_kvs_is_all_of_it_however_it_is_written(everything: str):
    assert judged(RULE, posture(iam.role(iam.allow(everything)))).violations == ()


def test_a_channel_is_no_stream():
    role = iam.role(iam.allow("kinesisvideo:Get*"), iam.allow("kinesisvideo:Connect*"))

    assert "2 streams, " in only(judged(RULE, posture(iam.role(iam.allow("kinesisvideo:Get*"))))).message
    assert "3 streams and channels, " in only(judged(RULE, posture(role))).message
