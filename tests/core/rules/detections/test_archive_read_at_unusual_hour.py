from datetime import date, timedelta

from app.core.rules.detections.archive_read_at_unusual_hour import FEWEST_CALLS, RULE
from app.core.rules.facts import History
from tests.builders.events import ROLE
from tests.builders.facts import at, call, day_of, judged, only

LONG = date(2026, 10, 20)
DAYS = [date(2026, 11, 1) + timedelta(days=n) for n in range(20)]


def usual(*hours: int, days: int = 20) -> History:
    return History(LONG, hours={ROLE: frozenset((day, hour) for day in DAYS[:days] for hour in hours)})


def pulls(hour: int, count: int = FEWEST_CALLS, minute: int = 0, **changes: object):
    values = {"action": "GetMediaForFragmentList"} | changes
    return [call(n, event_time=at(hour, minute) + timedelta(seconds=30 * n), **values) for n in range(count)]


def test_it_flags_an_analyst_who_fetches_at_night():
    found = only(judged(RULE, day_of(*pulls(2, 86), history=usual(8, 9, 10, 11, 12, 13, 14))))

    assert found.subject == ROLE
    assert "86 times on 23 November between 02:00 and 02:42Z" in found.message


def test_it_leaves_a_nightly_batch_alone():
    assert judged(RULE, day_of(*pulls(2, 200), history=usual(2))).violations == ()


def test_it_leaves_a_batch_alone_that_moves_with_the_clocks():
    assert judged(RULE, day_of(*pulls(0, 50, minute=30), history=usual(23))).violations == ()


def test_it_leaves_a_late_look_alone():
    assert judged(RULE, day_of(*pulls(22, FEWEST_CALLS - 1), history=usual(9))).violations == ()


def test_two_odd_nights_make_no_habit():
    odd = usual(9, 10).hours[ROLE] | {(DAYS[0], 2), (DAYS[1], 2)}

    assert only(judged(RULE, day_of(*pulls(2), history=History(LONG, hours={ROLE: odd}))))


def test_who_was_here_on_few_days_has_no_hours_yet():
    assert judged(RULE, day_of(*pulls(2), history=usual(9, days=4))).violations == ()


def test_live_media_and_denied_calls_are_left_alone():
    calls = [*pulls(2, action="GetMedia"), *pulls(3, error_code="AccessDenied")]

    assert judged(RULE, day_of(*calls, history=usual(9))).violations == ()


def test_it_cannot_tell_while_too_little_of_the_past_is_known():
    assert judged(RULE, day_of(*pulls(2), history=History(date(2026, 11, 22)))).cannot_tell
