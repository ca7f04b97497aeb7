import pytest

from app.core.trailfile.kinds import TRAIL_NAMES, Kind, kind_of


@pytest.mark.parametrize(
    ("source", "name", "types", "kind"),
    [
        ("kinesisvideo.amazonaws.com", "PutMedia", (), Kind.KVS),
        (" kinesisvideo.amazonaws.com", "PutMedia", (), Kind.KVS),
        ("kinesisvideo", None, (), Kind.KVS),
        ("kinesis.amazonaws.com", "PutRecords", (), None),
        ("x.kinesisvideo.amazonaws.com", "PutMedia", (), None),
        ("new.amazonaws.com", "X", (None, "AWS::KinesisVideo::SignalingChannel"), Kind.KVS),
        ("sts.amazonaws.com", "AssumeRoleWithSAML", (), Kind.SESSION),
        ("sts.amazonaws.com", "GetSessionToken", (), None),
        ("signin.amazonaws.com", "AssumeRole", (), None),
        ("cloudtrail.amazonaws.com", "LookupEvents", (), None),
        (None, None, (), None),
    ],
)
def test_its_own_fields_decide_why_a_record_is_kept(source, name, types, kind):
    assert kind_of(source, name, types) is kind


@pytest.mark.parametrize("name", sorted(TRAIL_NAMES))
def test_calls_that_change_a_trail_are_kept(name):
    assert kind_of("cloudtrail.amazonaws.com", name, ()) is Kind.TRAIL
