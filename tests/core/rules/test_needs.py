from datetime import UTC, datetime

from app.core.rules.needs import unseen_reason
from app.core.rules.run import needed_parts
from tests.builders.facts import denied, posture


def test_a_part_that_nobody_tried_is_named_as_such():
    (part,) = needed_parts(("metrics",), posture().snapshot)

    assert unseen_reason(part) == "metrics: never read, not collected"


def test_a_part_that_was_read_once_says_when_and_what_was_denied():
    part = denied("event_selectors", "us-east-1", "cloudtrail:X", seen_at=datetime(2026, 11, 20, 8, 30, tzinfo=UTC))

    assert unseen_reason(part) == (
        "event selectors in us-east-1: not read since 2026-11-20 08:30Z, denied cloudtrail:X"
    )
