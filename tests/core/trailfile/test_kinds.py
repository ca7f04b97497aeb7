import botocore.session
import pytest

from app.core.kvs.actions import ACTIONS
from app.core.trailfile.kinds import ACCESS_NAMES, TRAIL_NAMES, Kind, kind_of


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
        ("iam.amazonaws.com", "PutRolePolicy", (), Kind.ACCESS),
        ("iam.amazonaws.com", "GetRolePolicy", (), None),
        ("iam.amazonaws.com", "CreateRoleAlias", (), None),
        ("iot.amazonaws.com", "CreateRoleAlias", (), Kind.ACCESS),
        ("organizations.amazonaws.com", "AttachPolicy", (), Kind.ACCESS),
        ("iam.amazonaws.com", None, (), None),
        (None, "PutRolePolicy", (), None),
        (None, None, (), None),
    ],
)
def test_its_own_fields_decide_why_a_record_is_kept(source, name, types, kind):
    assert kind_of(source, name, types) is kind


@pytest.mark.parametrize("name", sorted(TRAIL_NAMES))
def test_calls_that_change_a_trail_are_kept(name):
    assert kind_of("cloudtrail.amazonaws.com", name, ()) is Kind.TRAIL


def test_no_call_that_changes_permissions_is_taken_for_a_call_of_kinesis_video_streams():
    assert not ACTIONS.keys() & {name for names in ACCESS_NAMES.values() for name in names}


MODELS = {
    "iam.amazonaws.com": "iam",
    "organizations.amazonaws.com": "organizations",
    "iot.amazonaws.com": "iot",
    "cognito-identity.amazonaws.com": "cognito-identity",
    "sso.amazonaws.com": "sso-admin",
    "cloudtrail.amazonaws.com": "cloudtrail",
}


@pytest.mark.parametrize("source", [*ACCESS_NAMES, "cloudtrail.amazonaws.com"])
def test_each_name_is_one_of_its_services_calls(source):
    calls = botocore.session.Session().get_service_model(MODELS[source]).operation_names
    assert ACCESS_NAMES.get(source, TRAIL_NAMES) <= set(calls)
