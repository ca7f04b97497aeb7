"""An interval as one value of a URL."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from app.core.errors import InvalidInput
from app.core.model.media_call import LONGEST_URL
from app.core.query.interval import asked_since, filmed, interval, interval_of, interval_text

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


def test_a_time_without_a_zone_is_in_that_of_the_list() -> None:
    start = datetime(2026, 11, 21, 12, tzinfo=UTC)
    given = interval("2026-11-21T14:00..2026-11-21T13:00Z", NOW, timezone(timedelta(hours=2)))
    assert given == (start, start + timedelta(hours=1))


def test_what_is_written_means_the_same_at_any_time() -> None:
    footage = filmed("now-2h..now", NOW)
    assert interval_text(footage) == "2026-11-23T07:41Z..2026-11-23T09:41Z"
    assert interval_of(interval_text(footage)) == footage


def test_what_is_not_filmed_yet_cannot_be_asked_for() -> None:
    with pytest.raises(InvalidInput, match="not filmed"):
        filmed("now..2026-11-24", NOW)


def test_video_may_be_asked_for_from_when_a_url_could_still_be_alive() -> None:
    assert asked_since((NOW, NOW + LONGEST_URL)) == NOW - LONGEST_URL
    first = filmed("2006-01-01..2006-01-02", NOW)
    assert asked_since(first) == first[0]
