"""The settings of trails at a moment of the past."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.core.coverage.settings import Version, settings_at
from app.core.model.trail import TrailStatus
from app.core.parts import TrailStatuses

REGION, TRAIL = "eu-central-1", "arn:aws:cloudtrail:eu-central-1:590817264433:trail/kvs-trail"
MIDNIGHT = datetime(2026, 11, 20, tzinfo=UTC)
NOW = MIDNIGHT + timedelta(days=3)
POLL = MIDNIGHT + timedelta(minutes=15)
STOPPED, STARTED = MIDNIGHT + timedelta(minutes=2), MIDNIGHT + timedelta(minutes=13)
LOGGING = TrailStatus(True, POLL, started_at=MIDNIGHT - timedelta(days=90))


def _status(before: TrailStatus, after: TrailStatus, at: datetime) -> TrailStatus:
    """Return what held at `at`, of a status read at midnight and one read at a quarter past."""
    versions = (
        Version("trail_status", REGION, MIDNIGHT, POLL, TrailStatuses(((TRAIL, before),))),
        Version("trail_status", REGION, POLL, None, TrailStatuses(((TRAIL, after),))),
    )
    ((_, found),) = settings_at(versions, at, NOW)["trail_status", REGION].statuses
    return found


def _minutes(before: TrailStatus, after: TrailStatus) -> list[int]:
    """Return the minutes before the second poll in which the trail logged."""
    return [n for n in range(15) if _status(before, after, MIDNIGHT + timedelta(minutes=n)).is_logging]


def test_a_stop_and_a_start_between_two_polls_are_dated_by_the_poll_that_saw_them() -> None:
    after = replace(LOGGING, stopped_at=STOPPED, started_at=STARTED)
    assert _minutes(LOGGING, after) == [0, 1, 13, 14]


def test_a_stop_holds_from_when_it_was_made_not_from_the_poll_that_saw_it() -> None:
    after = replace(LOGGING, is_logging=False, stopped_at=STOPPED)
    assert _minutes(LOGGING, after) == [0, 1]
    assert _status(LOGGING, after, STOPPED).stopped_at == STOPPED


def test_a_start_holds_from_when_it_was_made() -> None:
    stopped = replace(LOGGING, is_logging=False, stopped_at=MIDNIGHT - timedelta(hours=1))
    assert _minutes(stopped, replace(stopped, is_logging=True, started_at=STARTED)) == [13, 14]


def test_what_a_reading_says_of_delivery_is_not_carried_back() -> None:
    broken = replace(LOGGING, latest_delivery_at=MIDNIGHT - timedelta(days=2), latest_delivery_error="AccessDenied")
    assert _status(broken, LOGGING, STARTED).latest_delivery_error == "AccessDenied"


@pytest.mark.parametrize("stopped_at", [None, MIDNIGHT - timedelta(days=91)])
def test_a_trail_that_is_stopped_since_nobody_knows_when_is_not_taken_to_log(stopped_at: datetime | None) -> None:
    stopped = replace(LOGGING, is_logging=False, stopped_at=stopped_at)
    assert not _status(LOGGING, stopped, POLL).is_logging
    # What an earlier poll saw stands until then: it saw the trail logging.
    assert _status(LOGGING, stopped, MIDNIGHT).is_logging
