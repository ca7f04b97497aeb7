import pytest

from app.core.rules.posture.policy_cannot_match import RULE
from tests.builders import iam
from tests.builders.documents import managed
from tests.builders.facts import denied, judged, only, parts, posture

BASE = f"arn:aws:kinesisvideo:eu-central-1:{iam.ACCOUNT}"


@pytest.mark.parametrize(
    ("action", "resource", "named"),
    [
        ("kinesisvideo:GetStreamingEndpoint", "*", "GetStreamingEndpoint"),
        ("kinesisvideo:GetMedia", f"{BASE}:stream/north-cam-1", "stream/north-cam-1"),
        ("kinesisvideo:GetMedia", f"{BASE}:stream/north-cam-1/1600000000000", "1600000000000"),
        ("kinesisvideo:GetMedia", f"{BASE}:channel/door/*", "channel/door"),
    ],
    ids=["unknown action", "no creation time", "deleted stream", "channel for a stream's action"],
)
def test_it_flags_what_can_never_match(action: str, resource: str, named: str):
    found = only(judged(RULE, posture(iam.role(iam.allow(action, resource)))))

    assert named in found.message
    assert found.subject == f"{iam.ROLE}#own"
    assert found.evidence[0].marked


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("kinesisvideo:Get*", "*"),
        ("kinesisvideo:GetMedia", iam.CAMERA),
        ("kinesisvideo:GetMedia", f"{BASE}:stream/north-cam-1/*"),
        ("kinesisvideo:PutMedia", f"{BASE}:stream/${{credentials-iot:ThingName}}/*"),
        ("s3:GetObject", "arn:aws:s3:::bucket/stream/x"),
    ],
    ids=["wildcard", "a stream", "any creation time", "variable", "another service"],
)
def test_it_leaves_alone_what_can(action: str, resource: str):
    assert judged(RULE, posture(iam.role(iam.allow(action, resource)))).violations == ()


def test_a_managed_policy_is_named_once_however_many_carry_it():
    wrong = managed(iam.allow("kinesisvideo:GetStreamingEndpoint"))

    found = only(judged(RULE, posture(iam.role(attached=(wrong.arn,)), policies=(wrong,))))

    assert found.subject == wrong.arn


def test_it_takes_no_stream_of_a_region_that_was_never_read_for_gone():
    unread = parts(denied("channels", "eu-central-1", "kinesisvideo:ListSignalingChannels"))
    role = iam.role(iam.allow("kinesisvideo:GetMedia", f"{BASE}:stream/north-cam-1/1600000000000"))

    assert judged(RULE, posture(role, parts=unread)).violations == ()


def test_it_takes_no_stream_for_gone_that_may_have_been_made_since_its_region_was_read():
    part = denied("streams", "eu-central-1", "kinesisvideo:ListStreams", seen_at=iam.NOW)
    role = iam.role(iam.allow("kinesisvideo:GetMedia", f"{BASE}:stream/north-cam-1/1600000000000"))

    assert judged(RULE, posture(role, parts=parts(part))).violations == ()


def test_it_cannot_tell_what_exists_in_a_region_that_was_never_read():
    facts = posture(parts=parts(denied("streams", "us-east-1", "kinesisvideo:ListStreams")))

    (answer,) = judged(RULE, facts).cannot_tell
    assert answer.region == "us-east-1"
    assert "kinesisvideo:ListStreams" in answer.reason
