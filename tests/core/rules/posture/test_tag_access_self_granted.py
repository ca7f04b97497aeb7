from app.core.rules.posture.tag_access_self_granted import RULE
from tests.builders import iam
from tests.builders.facts import judged, only, posture

BY_TAG = iam.allow("kinesisvideo:GetMedia", Condition={"StringEquals": {"aws:ResourceTag/team": "a"}})
TAGGED = (iam.stream(iam.CAMERA, (("team", "a"),)), iam.stream(iam.OTHER_CAMERA, (("team", "b"),)))


def test_it_flags_a_reader_by_tag_who_may_set_the_tag():
    found = only(judged(RULE, posture(iam.role(BY_TAG, iam.allow("kinesisvideo:TagStream")), streams=TAGGED)))

    assert "tag team" in found.message
    assert len(found.evidence) == 2


def test_it_leaves_tagging_alone_that_may_not_set_the_key():
    guarded = iam.allow("kinesisvideo:TagStream", Condition={"ForAllValues:StringEquals": {"aws:TagKeys": ["room"]}})

    assert judged(RULE, posture(iam.role(BY_TAG, guarded), streams=TAGGED)).violations == ()


def test_it_leaves_access_by_tag_alone_without_tagging():
    assert judged(RULE, posture(iam.role(BY_TAG), streams=TAGGED)).violations == ()


def test_it_leaves_tagging_alone_that_hangs_on_the_same_tag():
    by_tag = iam.allow(Condition={"StringEquals": {"aws:ResourceTag/team": "a"}})
    assert judged(RULE, posture(iam.role(by_tag), streams=TAGGED)).violations == ()

    on_others = iam.deny("kinesisvideo:Tag*", Condition={"StringNotEquals": {"aws:ResourceTag/team": "a"}})
    role = iam.role(BY_TAG, iam.allow("kinesisvideo:TagStream"), on_others)
    assert judged(RULE, posture(role, streams=TAGGED)).violations == ()


def test_it_flags_who_may_tag_anything_though_all_has_the_tag_today():
    role = iam.role(BY_TAG, iam.allow("kinesisvideo:TagStream"))
    assert only(judged(RULE, posture(role, streams=TAGGED[:1])))


def test_it_cannot_tell_when_scps_could_not_be_read():
    role = iam.role(BY_TAG, iam.allow("kinesisvideo:TagStream"))

    assert judged(RULE, posture(role, streams=TAGGED, organization=None)).cannot_tell
