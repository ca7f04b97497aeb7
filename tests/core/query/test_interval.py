"""An interval as one value of a URL."""

from datetime import UTC, datetime, timedelta

import pytest

from app.core.errors import InvalidInput
from app.core.query.interval import interval

NOW = datetime(2026, 11, 23, 9, 41, tzinfo=UTC)


def test_it_is_two_moments_with_two_dots_between() -> None:
    start = datetime(2026, 11, 21, 14, tzinfo=UTC)
    assert interval("2026-11-21T14:00Z..2026-11-21T15:00Z", NOW) == (start, start + timedelta(hours=1))
    assert interval(" 2026-11-21T16:00+02:00 .. 2026-11-21T15:00Z ", NOW) == (start, start + timedelta(hours=1))
    assert interval("now-2h..now", NOW) == (NOW - timedelta(hours=2), NOW)


@pytest.mark.parametrize(
    "text", ["", "2026-11-21", "now..now-2h", "now..now", "..", "a..b", "now-1h..", "now-3h..now-2h..now-1h"]
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        interval(text, NOW)
