"""Whether a call asked for video of an interval."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.model.footage import Footage, FootageKind
from app.core.statement.footage import LONGEST_CALL, Asked, asked_for

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


@given(TIMES, TIMES)
def test_an_interval_that_shares_a_moment_is_never_denied(one: datetime, other: datetime) -> None:
    first, last = min(one, other), max(one, other) + MINUTE
    is_shared = first < END and last > START
    answer = asked_for(Footage(FootageKind.INTERVAL, first, last), START, END)
    assert (answer is Asked.YES) is is_shared
