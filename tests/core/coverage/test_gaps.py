from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.coverage.gaps import Gap, gaps, observed_share
from tests.builders.facts import NOW, WORKING, trail

SINCE = NOW - timedelta(days=30)


def of(**changes: object):
    return gaps(trail(status=replace(WORKING, **changes)), SINCE, NOW)


def test_a_trail_that_logged_all_the_time_has_no_gap():
    assert of() == ()


def test_a_trail_that_was_stopped_and_started_has_one():
    stopped, started = NOW - timedelta(hours=12), NOW - timedelta(hours=6)

    assert of(stopped_at=stopped, started_at=started) == (Gap(stopped, started, "account-trail was stopped"),)


def test_a_stopped_trail_is_dark_to_this_day():
    (gap,) = of(is_logging=False, stopped_at=NOW - timedelta(hours=2))

    assert (gap.start, gap.end) == (NOW - timedelta(hours=2), NOW)


def test_a_trail_that_never_logged_is_dark_all_the_time():
    (gap,) = of(is_logging=False, stopped_at=None, started_at=None)

    assert (gap.start, gap.end) == (SINCE, NOW)


def test_before_its_first_start_a_trail_logged_nothing():
    (gap,) = of(started_at=NOW - timedelta(days=3))

    assert (gap.start, gap.end) == (SINCE, NOW - timedelta(days=3))


def test_a_stop_of_long_ago_is_outside():
    assert of(stopped_at=NOW - timedelta(days=90), started_at=NOW - timedelta(days=89)) == ()


def test_an_unread_status_is_no_answer():
    assert gaps(trail(status=None), SINCE, NOW) is None


def test_the_share_is_what_the_gaps_leave():
    half = (Gap(SINCE, SINCE + timedelta(days=15), "x"),)

    assert observed_share(half, SINCE, NOW) == pytest.approx(0.5)
    assert observed_share((), SINCE, NOW) == 1
