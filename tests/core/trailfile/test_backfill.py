import json
from datetime import UTC, datetime, timedelta

import pytest

from app.core.model.feed import Backfill
from app.core.trailfile.backfill import Pace, from_json, request_dollars, to_json

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def test_before_it_began_the_sample_is_all_that_is_known() -> None:
    pace = Pace()
    assert pace.backfill(0, 90) == Backfill(0, 0, None, None, None)
    pace.sampled([(288, 1000), (280, 600), (0, 0), (0, 0)])
    assert pace.backfill(0, 90) == Backfill(0, 0, 142 * 90, 400 * 90, None)


@pytest.mark.parametrize("days", [[], [(0, 0), (0, 0)]])
def test_a_sample_without_files_is_no_estimate(days: list[tuple[int, int]]) -> None:
    pace = Pace()
    pace.sampled(days)
    assert pace.backfill(0, 90).files_left is None
    assert pace.backfill(90, 90).files_left == 0


def test_days_that_are_done_tell_more_than_the_sample() -> None:
    pace = Pace(sample=(1000.0, 1e6))
    pace.took(500, 5000, NOW)
    assert pace.backfill(10, 100).files_left == 90_000
    assert pace.backfill(50, 100) == Backfill(500, 5000, 500, 5000, None)


def test_the_rate_is_that_of_the_time_in_which_it_was_worked_on() -> None:
    pace = Pace(sample=(10.0, 100.0))
    for second in range(0, 61, 10):
        pace.took(400, 4, NOW + second * SECOND)
    assert pace.backfill(0, 100).per_s == pytest.approx(40)
    assert pace.backfill(0, 100).seconds_left == pytest.approx(25)

    later = NOW + timedelta(hours=9)
    pace.took(400, 4, later)
    assert pace.backfill(0, 100).per_s is None
    pace.took(400, 4, later + 40 * SECOND)
    assert pace.backfill(0, 100).per_s == pytest.approx(10)


def test_it_is_stored_with_the_cursor() -> None:
    pace = Pace(sample=(10.5, 100.0))
    pace.took(400, 4, NOW)
    assert from_json(json.loads(json.dumps(to_json(pace)))) == pace
    assert from_json(None) == Pace()


def test_requests_have_their_price() -> None:
    assert request_dollars(1_000_000, 1_000_000) == pytest.approx(5.4)
