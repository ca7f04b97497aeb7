from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.integrity import timeline as timeline_of_verdicts
from app.core.integrity.timeline import NOT_JUDGED, Stretch, by_hour, timeline, unverified_hours, verified, with_hours
from app.core.integrity.verdict import VERIFIED, unverified, worst
from app.core.model.integrity import Judged, Verdict

START = datetime(2026, 11, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)
LATE, BROKEN = unverified("its digest is not delivered yet"), Judged(Verdict.BROKEN, "log edited")


def stretch(start: float, end: float, judged: Judged = VERIFIED) -> Stretch:
    return Stretch(START + start * HOUR, START + end * HOUR, judged)


def line(*stretches: Stretch, end: float = 4) -> list[tuple[float, float, Judged]]:
    found = timeline(stretches, START, START + end * HOUR)
    return [((one.start - START) / HOUR, (one.end - START) / HOUR, one.judged) for one in found]


def test_hours_that_follow_each_other_are_one() -> None:
    assert line(stretch(0, 1), stretch(1, 2), stretch(2, 4)) == [(0, 4, VERIFIED)]


def test_the_worst_of_several_trails_is_told() -> None:
    assert line(stretch(0, 4), stretch(1, 2, BROKEN), stretch(0, 3, LATE)) == [
        (0, 1, LATE),
        (1, 2, BROKEN),
        (2, 3, LATE),
        (3, 4, VERIFIED),
    ]


def test_time_of_which_nothing_is_told_is_not_verified() -> None:
    assert line(stretch(1, 2)) == [(0, 1, NOT_JUDGED), (1, 2, VERIFIED), (2, 4, NOT_JUDGED)]
    assert line() == [(0, 4, NOT_JUDGED)]


def test_what_reaches_beyond_the_range_is_cut() -> None:
    assert line(stretch(-9, 9)) == [(0, 4, VERIFIED)]


def test_the_share_is_of_the_whole_range() -> None:
    assert verified(timeline([stretch(1, 2)], START, START + 4 * HOUR)) == (HOUR, 4 * HOUR)


def test_hours_of_the_clock_are_counted_by_the_worst_that_holds_in_them() -> None:
    told = timeline([stretch(0.5, 2), stretch(2, 2.2, LATE), stretch(2.2, 9)], START + HOUR / 4, START + 4.5 * HOUR)
    hours = by_hour(told)
    assert hours == {NOT_JUDGED: 1, VERIFIED: 3, LATE: 1}
    assert unverified_hours(hours) == {NOT_JUDGED.why: 1, LATE.why: 1}
    assert by_hour(()) == {}


def test_an_hour_that_is_judged_in_part_is_unverified_for_the_reason_that_is_stored() -> None:
    assert by_hour(timeline([stretch(0, 0.5, LATE), stretch(0.5, 0.7)], START, START + HOUR)) == {LATE: 1}


def test_minutes_of_which_nothing_is_stored_are_unverified_for_the_reason_of_their_hour() -> None:
    told = timeline([stretch(0, 1), stretch(1, 2.5, LATE), stretch(5, 5.5, BROKEN)], START + HOUR / 2, START + 7 * HOUR)
    assert [((one.start - START) / HOUR, (one.end - START) / HOUR, one.judged) for one in with_hours(told)] == [
        (0.5, 1, VERIFIED),
        (1, 3, LATE),
        (3, 5, NOT_JUDGED),
        (5, 5.5, BROKEN),
        (5.5, 7, NOT_JUDGED),
    ]
    assert by_hour(with_hours(told)) == by_hour(told) == {VERIFIED: 1, LATE: 2, NOT_JUDGED: 3, BROKEN: 1}
    assert with_hours(()) == ()


@given(
    st.lists(
        st.tuples(st.integers(-2, 12), st.integers(1, 6), st.sampled_from([VERIFIED, LATE, BROKEN])).map(
            lambda one: stretch(one[0], one[0] + one[1], one[2])
        ),
        max_size=12,
    )
)
def test_each_moment_is_told_once_and_by_the_worst(stretches: list[Stretch]) -> None:
    found = timeline(stretches, START, START + 10 * HOUR)
    assert found[0].start == START
    assert found[-1].end == START + 10 * HOUR
    assert all(one.end == other.start for one, other in pairwise(found))
    for hour in range(10):
        middle = START + (hour + 0.5) * HOUR
        (told,) = [one.judged for one in found if one.start <= middle < one.end]
        holding = [one.judged for one in stretches if one.start <= middle < one.end]
        assert told.verdict is (worst(holding).verdict if holding else NOT_JUDGED.verdict)


def test_years_of_which_nothing_is_told_are_few_stretches(monkeypatch: pytest.MonkeyPatch) -> None:
    told = timeline([stretch(0, 0.5, LATE)], START, START + 10 * 365 * 24 * HOUR)
    given: list[Stretch] = []

    def spied(stretches: Iterable[Stretch], *ends: datetime) -> tuple[Stretch, ...]:
        given.extend(stretches)
        return timeline(given, *ends)

    monkeypatch.setattr(timeline_of_verdicts, "timeline", spied)
    found = with_hours(told)
    assert [(one.judged, one.start - START) for one in found] == [(LATE, timedelta()), (NOT_JUDGED, HOUR)]
    assert len(given) == 3
