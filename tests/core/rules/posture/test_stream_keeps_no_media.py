from dataclasses import replace

from app.core.rules.posture.stream_keeps_no_media import RULE
from tests.builders import iam
from tests.builders.facts import denied, judged, only, parts, posture


def test_it_flags_a_stream_without_retention():
    stream = replace(iam.stream(), retention_hours=0)

    found = only(judged(RULE, posture(streams=(stream,))))

    assert (found.subject, found.region) == (iam.CAMERA, "eu-central-1")


def test_it_leaves_a_stream_alone_that_keeps_a_day():
    assert judged(RULE, posture(streams=(replace(iam.stream(), retention_hours=24),))).violations == ()


def test_it_leaves_channels_alone():
    assert judged(RULE, posture(streams=(iam.stream(iam.CHANNEL),))).violations == ()


def test_it_cannot_tell_of_a_region_that_was_never_read():
    facts = posture(streams=(), parts=parts(denied("streams", "us-east-1", "kinesisvideo:ListStreams")))

    assert [answer.region for answer in judged(RULE, facts).cannot_tell] == ["us-east-1"]
