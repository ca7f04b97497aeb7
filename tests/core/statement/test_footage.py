"""Whether a call asked for video of an interval."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.model.footage import Footage, FootageKind
from app.core.statement.footage import LONGEST_CALL, Asked, Fit, asked_for, fit

START = datetime(2026, 11, 21, 14, tzinfo=UTC)
END = START + timedelta(hours=1)
MINUTE = timedelta(minutes=1)
TIMES = st.integers(-600, 600).map(lambda minutes: START + minutes * MINUTE)


@pytest.mark.parametrize(
    ("kind", "start", "end", "answer"),
    [
        (FootageKind.INTERVAL, START - MINUTE, START + MINUTE, Asked.YES),
        (FootageKind.INTERVAL, START - MINUTE, START, Asked.NO),
        (FootageKind.INTERVAL, END, END + MINUTE, Asked.NO),
        (FootageKind.INTERVAL, START - MINUTE, END + MINUTE, Asked.YES),
        (FootageKind.LIVE, START + MINUTE, None, Asked.YES),
        (FootageKind.LIVE, START - LONGEST_CALL, None, Asked.MAYBE),
        (FootageKind.LIVE, START - LONGEST_CALL - MINUTE, None, Asked.NO),
        (FootageKind.LIVE, START - 5 * LONGEST_CALL, START + MINUTE, Asked.YES),
        (FootageKind.REPLAY, START - 5 * LONGEST_CALL, None, Asked.MAYBE),
        (FootageKind.ONWARD, START - 5 * LONGEST_CALL, None, Asked.MAYBE),
        (FootageKind.ONWARD, START + MINUTE, None, Asked.YES),
        (FootageKind.ONWARD, END, None, Asked.NO),
        (FootageKind.EARLIEST, None, None, Asked.MAYBE),
        (FootageKind.CONTINUATION_TOKEN, None, None, Asked.MAYBE),
        (FootageKind.FRAGMENT_NUMBER, None, None, Asked.MAYBE),
        (FootageKind.NOT_IN_RECORD, None, None, Asked.MAYBE),
        (FootageKind.INTERVAL, None, None, Asked.MAYBE),
    ],
)
def test_it_tells_what_the_record_tells(
    kind: FootageKind, start: datetime | None, end: datetime | None, answer: Asked
) -> None:
    assert asked_for(Footage(kind, start, end), START, END) is answer


def test_a_reading_call_whose_record_tells_of_no_video_may_have_asked_for_any() -> None:
    assert asked_for(None, START, END) is Asked.MAYBE


@pytest.mark.parametrize(
    ("start", "answer"),
    [(START - MINUTE, Asked.NO), (START, Asked.YES), (END - MINUTE, Asked.YES), (END, Asked.NO)],
)
def test_a_refused_call_for_what_is_live_did_not_last(start: datetime, answer: Asked) -> None:
    assert asked_for(Footage(FootageKind.LIVE, start), START, END, is_answered=False) is answer


def test_a_refused_call_for_what_was_stored_asked_for_it_all_the_same() -> None:
    onward = Footage(FootageKind.ONWARD, START - MINUTE)
    assert asked_for(onward, START, END, is_answered=False) is Asked.MAYBE


@pytest.mark.parametrize(
    ("kind", "start", "end", "lies"),
    [
        (FootageKind.INTERVAL, START, END, Fit.EXACTLY),
        (FootageKind.INTERVAL, START, END - MINUTE, Fit.PART),
        (FootageKind.INTERVAL, START, END + MINUTE, Fit.MORE),
        (FootageKind.INTERVAL, START - MINUTE, END, Fit.MORE),
        (FootageKind.INTERVAL, START - MINUTE, END - MINUTE, Fit.OVERLAP),
        (FootageKind.INTERVAL, START + MINUTE, END + MINUTE, Fit.OVERLAP),
        (FootageKind.INTERVAL, START - MINUTE, START, Fit.BESIDE),
        (FootageKind.INTERVAL, END, END + MINUTE, Fit.BESIDE),
        (FootageKind.LIVE, START, None, Fit.LIVE),
        (FootageKind.LIVE, START - MINUTE, None, Fit.LIVE_BEFORE),
        (FootageKind.LIVE, START - MINUTE, END, Fit.LIVE),
        (FootageKind.REPLAY, START, END, Fit.EXACTLY),
        (FootageKind.ONWARD, START, None, Fit.ONWARD),
        (FootageKind.ONWARD, START - MINUTE, None, Fit.FROM_BEFORE),
        (FootageKind.EARLIEST, None, None, Fit.OLDEST),
        (FootageKind.CONTINUATION_TOKEN, None, None, Fit.CONTINUED),
        (FootageKind.FRAGMENT_NUMBER, None, None, Fit.BY_NUMBER),
        (FootageKind.NOT_IN_RECORD, None, None, Fit.UNTOLD),
        (FootageKind.INTERVAL, None, None, Fit.UNTOLD),
    ],
)
def test_it_says_how_what_was_asked_for_lies_to_it(
    kind: FootageKind, start: datetime | None, end: datetime | None, lies: Fit
) -> None:
    assert fit(Footage(kind, start, end), START, END) is lies


def test_of_a_record_that_tells_of_no_video_it_says_so() -> None:
    assert fit(None, START, END) is Fit.UNTOLD


@given(TIMES, TIMES)
def test_what_lies_beside_was_not_asked_for_and_nothing_else(one: datetime, other: datetime) -> None:
    footage = Footage(FootageKind.INTERVAL, min(one, other), max(one, other) + MINUTE)
    assert (fit(footage, START, END) is Fit.BESIDE) is (asked_for(footage, START, END) is Asked.NO)


@given(TIMES, TIMES)
def test_an_interval_that_shares_a_moment_is_never_denied(one: datetime, other: datetime) -> None:
    first, last = min(one, other), max(one, other) + MINUTE
    is_shared = first < END and last > START
    answer = asked_for(Footage(FootageKind.INTERVAL, first, last), START, END)
    assert (answer is Asked.YES) is is_shared
