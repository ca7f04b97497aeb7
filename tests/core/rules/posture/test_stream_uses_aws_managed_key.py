from dataclasses import replace

import pytest

from app.core.rules.posture.stream_uses_aws_managed_key import RULE
from tests.builders import iam
from tests.builders.facts import denied, judged, only, parts, posture

ALIAS = f"arn:aws:kms:eu-central-1:{iam.ACCOUNT}:alias/aws/kinesisvideo"


@pytest.mark.parametrize("key", [ALIAS, "alias/aws/kinesisvideo", None])
def test_it_flags_the_aws_managed_key(key: str | None):
    found = only(judged(RULE, posture(streams=(replace(iam.stream(), kms_key_id=key),))))

    assert (found.subject, found.region) == (iam.CAMERA, "eu-central-1")


def test_it_leaves_a_key_of_ones_own_alone():
    stream = replace(iam.stream(), kms_key_id=f"arn:aws:kms:eu-central-1:{iam.ACCOUNT}:key/1234")

    assert judged(RULE, posture(streams=(stream, iam.stream(iam.CHANNEL)))).violations == ()


def test_it_cannot_tell_of_a_region_that_was_never_read():
    facts = posture(streams=(), parts=parts(denied("streams", "us-east-1", "kinesisvideo:ListStreams")))

    assert [answer.region for answer in judged(RULE, facts).cannot_tell] == ["us-east-1"]
