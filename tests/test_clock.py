"""The one clock."""

from datetime import UTC, timedelta

from app import clock


def test_its_times_are_utc_and_do_not_run_backwards() -> None:
    first, second = clock.now(), clock.now()
    assert first.tzinfo is UTC
    assert timedelta(0) <= second - first < timedelta(minutes=1)
