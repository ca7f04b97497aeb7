"""The time range of a page."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from app.web.span import Span, parse

NOW = datetime(2026, 11, 23, 9, 41, tzinfo=UTC)


def _parsed(start: str, end: str = "") -> Span:
    span = parse(start, end, NOW)
    assert span is not None
    return span


def test_without_a_word_it_is_the_default_up_to_now() -> None:
    span = parse("", "", NOW, "now-30d")
    assert span == Span(NOW - timedelta(days=30), NOW, "now-30d", "")


@pytest.mark.parametrize(
    ("start", "end", "label"),
    [
        ("now-24h", "", "24 h"),
        ("now-15m", "", "15 min"),
        ("2026-11-20T10:00Z", "2026-11-21T10:00Z", "11-20 10:00 to 11-21 10:00"),
        ("now-2d", "now-1d", "11-21 09:41 to 11-22 09:41"),
    ],
)
def test_its_label_says_what_is_shown(start: str, end: str, label: str) -> None:
    assert _parsed(start, end).label == label


@pytest.mark.parametrize(
    ("start", "end"),
    [("yesterday", ""), ("now-7d", "now-8d"), ("2026-11-23", "2026-11-23"), ("now-99999d", ""), ("'; drop", "")],
)
def test_what_is_no_range_is_none(start: str, end: str) -> None:
    assert parse(start, end, NOW) is None


def test_a_moment_outside_lies_on_the_border() -> None:
    span = _parsed("now-10d")
    assert span.fraction(NOW - timedelta(days=5)) == 0.5
    assert span.fraction(NOW - timedelta(days=50)) == 0
    assert span.fraction(NOW + timedelta(days=5)) == 1


def test_its_label_and_its_days_are_those_of_its_zone() -> None:
    zone = timezone(timedelta(hours=2))
    span = parse("2026-11-20T10:00", "2026-11-21", NOW, zone=zone)
    assert span is not None
    assert (span.start, span.end) == (datetime(2026, 11, 20, 8, tzinfo=UTC), datetime(2026, 11, 20, 22, tzinfo=UTC))
    assert span.label == "11-20 10:00 to 11-21 00:00"
