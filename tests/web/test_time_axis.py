"""The axis of a chart: few round times, and labels that do not touch."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from app.web.span import Span
from app.web.time_axis import CHART, LANES, Room, Tick, labels, ticks

END = datetime(2026, 11, 23, 9, 41, tzinfo=UTC)
WIDEST_CHARACTER = 6.7


@pytest.mark.parametrize(
    ("length", "first", "most"),
    [
        (timedelta(days=7), "Tue 17", 8),
        (timedelta(hours=24), "12:00", 8),
        (timedelta(days=90), "10 Sep", 8),
        (timedelta(hours=1), "08:45", 8),
    ],
)
def test_the_axis_has_few_round_times(length: timedelta, first: str, most: int) -> None:
    found = ticks(Span(END - length, END, "", ""))
    assert 2 <= len(found) <= most
    assert first in [tick.label for tick in found]
    assert all(0 < tick.at < 1 for tick in found)


def test_midnight_among_hours_is_its_day() -> None:
    found = [tick.label for tick in ticks(Span(END - timedelta(days=1), END, "", ""))]
    assert found == ["12:00", "15:00", "18:00", "21:00", "Mon 23", "03:00", "06:00", "09:00"]


def _over(days: float, room: Room, pixels: int, *, is_phone: bool) -> list[tuple[float, float]]:
    """Return from where to where each label of a range goes, in a drawing of so many pixels."""
    found = labels(ticks(Span(END - timedelta(days=days), END, "", "")), room)
    shown = [label for label in found if not (is_phone and label.is_optional)]
    starts = [
        (label.at * pixels + label.beside - (length if label.is_late else 0), length)
        for label in shown
        for length in [WIDEST_CHARACTER * len(label.text)]
    ]
    return [(start, start + length) for start, length in starts]


@pytest.mark.parametrize("days", [1 / 24, 1, 2, 7, 9, 15, 30, 55, 90])
@pytest.mark.parametrize("room", [CHART, LANES])
@pytest.mark.parametrize("is_phone", [False, True])
def test_labels_touch_neither_one_another_nor_the_end(days: float, room: Room, *, is_phone: bool) -> None:
    least = room.phone if is_phone else room.wide
    for pixels in (least, least + 34, 2 * least):
        shown = _over(days, room, pixels, is_phone=is_phone)
        assert shown
        assert all(before[1] < after[0] for before, after in pairwise(shown))
        assert shown[-1][1] <= pixels + 8


def test_labels_that_have_no_room_anywhere_are_left_out() -> None:
    crowded = [Tick(place / 100, "12:00") for place in range(100)]
    assert [label.text for label in labels(crowded, CHART)] == ["12:00"] * 14
