from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.core.rules.posture.no_working_trail import RULE
from tests.builders import iam
from tests.builders.facts import NOW, WORKING, denied, judged, only, parts, posture, trail


def with_status(**changes: Any):
    return posture(trails=(trail(status=replace(WORKING, **changes)),))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"is_logging": False, "stopped_at": NOW - timedelta(hours=5)}, "it is stopped since 2026-11-23 04:41Z"),
        ({"latest_delivery_error": "NoSuchBucket"}, "NoSuchBucket"),
        ({"latest_delivery_at": NOW - timedelta(hours=30)}, "delivered nothing since"),
        ({"latest_delivery_at": None}, "not delivered yet"),
    ],
    ids=["stopped", "cannot deliver", "silent", "never delivered"],
)
def test_it_flags_an_account_whose_only_trail_does_not_work(changes: dict[str, Any], said: str):
    found = only(judged(RULE, with_status(**changes)))

    assert found.subject == f"{iam.ACCOUNT:012d}"
    assert said in found.evidence[0].text


def test_it_flags_an_account_whose_trail_sees_one_region():
    assert only(judged(RULE, posture(trails=(trail(is_multi_region=False),)))).evidence[0].text == (
        "no trail logs in all Regions"
    )


def test_one_working_trail_is_enough():
    stopped = trail(arn="arn:aws:cloudtrail:eu-central-1:1:trail/b", status=replace(WORKING, is_logging=False))

    assert judged(RULE, posture(trails=(stopped, trail()))).violations == ()


def test_it_cannot_tell_when_a_status_could_not_be_read():
    outcome = judged(RULE, posture(trails=(trail(status=None),)))

    assert outcome.violations == ()
    assert outcome.cannot_tell


def test_it_cannot_tell_when_the_trails_were_never_read():
    unread = (denied("trails", region, "cloudtrail:DescribeTrails") for region in ("eu-central-1", "us-east-1"))

    outcome = judged(RULE, posture(trails=(), parts=parts(*unread)))

    assert outcome.violations == ()
    assert "cloudtrail:DescribeTrails" in outcome.cannot_tell[0].reason
