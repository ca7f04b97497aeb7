"""Days of which the media reads are known."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from app.core.coverage.days import known_days, within
from app.core.coverage.history import Stretch, Strip
from app.core.coverage.observe import ActionClass, ObservableState

START = datetime(2026, 11, 20, tzinfo=UTC)
END = datetime(2026, 11, 23, 9, 41, tzinfo=UTC)
FRIDAY, SATURDAY, SUNDAY, MONDAY = (date(2026, 11, day) for day in (20, 21, 22, 23))
NOBODY: frozenset[date] = frozenset()
SEEN, DARK, PARTLY = ObservableState.OBSERVED, ObservableState.NOT_LOGGED, ObservableState.PARTLY


def strip(*states: tuple[ObservableState, datetime], kind: ActionClass = ActionClass.READ) -> Strip:
    """Return a strip of (state, until) pairs, from START on."""
    starts = [START, *(until for _, until in states)]
    stretches = tuple(
        Stretch(start, until, state, f"it is {state}") for start, (state, until) in zip(starts, states, strict=False)
    )
    return Strip(590817264433, "eu-central-1", kind, 3, stretches, START)


def test_a_silent_day_on_which_all_would_have_been_seen_is_known():
    assert known_days([strip((SEEN, END))], NOBODY, NOBODY).days == {FRIDAY, SATURDAY, SUNDAY}


def test_a_day_with_a_hole_is_not_known_by_coverage():
    hole = START + timedelta(days=1, hours=3)
    found = strip((SEEN, hole), (ObservableState.NOT_DELIVERED, hole + timedelta(hours=1)), (SEEN, END))

    assert known_days([found], NOBODY, NOBODY).days == {FRIDAY, SUNDAY}


def test_one_region_that_is_seen_does_not_speak_for_another():
    assert known_days([strip((SEEN, END)), strip((PARTLY, END))], NOBODY, NOBODY).days == NOBODY


def test_signaling_is_asked_like_reading_and_writing_is_not():
    writes = strip((DARK, END), kind=ActionClass.WRITE)
    signaling = strip((ObservableState.UNKNOWN, END), kind=ActionClass.SIGNALING)

    assert known_days([strip((SEEN, END)), writes], NOBODY, NOBODY).days == {FRIDAY, SATURDAY, SUNDAY}
    assert known_days([strip((SEEN, END)), signaling], NOBODY, NOBODY).days == NOBODY


def test_a_day_with_calls_is_known_where_nobody_can_tell_what_was_logged():
    unread = strip((ObservableState.UNKNOWN, END))

    assert known_days([unread], frozenset({SATURDAY}), NOBODY).days == {SATURDAY}
    assert known_days([], frozenset({SATURDAY}), NOBODY).days == {SATURDAY}


def test_calls_of_other_kinds_do_not_light_a_day_on_which_reads_were_not_logged():
    found = known_days([strip((DARK, END))], frozenset({SATURDAY, MONDAY}), NOBODY)

    assert found.days == NOBODY
    assert found.dark == dict.fromkeys((FRIDAY, SATURDAY, SUNDAY, MONDAY), "it is not_logged")


def test_reads_that_are_stored_were_logged_whatever_the_settings_say():
    found = known_days([strip((DARK, END))], frozenset({SATURDAY}), frozenset({SATURDAY}))

    assert found.days == {SATURDAY}
    assert SATURDAY not in found.dark


def test_a_day_that_was_dark_in_part_is_no_dark_day():
    found = known_days([strip((DARK, START + timedelta(hours=30)), (SEEN, END))], frozenset({SATURDAY}), NOBODY)

    assert set(found.dark) == {FRIDAY}
    assert found.days == {SATURDAY, SUNDAY}


def test_a_day_is_cut_out_of_the_range():
    saturday = START + timedelta(days=1)
    noon = saturday + timedelta(hours=12)

    (found,) = within([strip((SEEN, noon), (DARK, END))], saturday, saturday + timedelta(days=1))

    assert [(held.start, held.end, held.state) for held in found.stretches] == [
        (saturday, noon, SEEN),
        (noon, saturday + timedelta(days=1), DARK),
    ]


def test_a_day_is_cut_out_of_the_answers_of_single_actions_too():
    saturday = START + timedelta(days=1)
    whole = strip((SEEN, END))
    (found,) = within(
        [replace(whole, apart=((frozenset({"GetClip"}), whole.stretches),))], saturday, saturday + timedelta(days=1)
    )

    assert found.of("GetClip").stretches == found.stretches


def test_today_is_cut_where_the_range_ends():
    midnight = datetime(2026, 11, 23, tzinfo=UTC)

    (found,) = within([strip((SEEN, END))], midnight, midnight + timedelta(days=1))

    assert found.stretches[-1].end == END
