"""An interval as one value of a URL."""

from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import InvalidInput
from app.core.model.media_call import LONGEST_URL
from app.core.query.interval import asked_since, filmed, interval, interval_of, interval_text

NOW = datetime(2026, 11, 23, 9, 41, tzinfo=UTC)


def test_it_is_two_moments_with_two_dots_between() -> None:
    start = datetime(2026, 11, 21, 14, tzinfo=UTC)
    assert interval("2026-11-21T14:00Z..2026-11-21T15:00Z", NOW) == (start, start + timedelta(hours=1))
    assert interval(" 2026-11-21T16:00+02:00 .. 2026-11-21T15:00Z ", NOW) == (start, start + timedelta(hours=1))
    assert interval("now-2h..now", NOW) == (NOW - timedelta(hours=2), NOW)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-21 14:00 to 15:00",
        "2026-11-21 14:00 - 15:00",
        "2026-11-21 14:00 \N{EN DASH} 15:00",
        "2026-11-21  14:00..15:00",
        "2026-11-21 14:00-15:00",
        "2026-11-21 14:00\N{EN DASH}15:00",
        "2026-11-21 14:00Z-15:00Z",
        "2026-11-21 14:00-15:00 UTC",
        "2026-11-21 16:00+02:00-17:00+02:00",
        "2026-11-21 16:00-17:00 +02:00",
        "2026-11-21 14:00-15:00 Z",
        "2026-11-21 14:00Z-15:00 Z",
        "2026-11-21T14:00Z to 11-21 15:00",
        "2026-11-21T09:00-05:00..10:00-05:00",
        "2026-11-21T09:00-05:00 - 2026-11-21T10:00-05:00",
        "11-21 14:00Z to 15:00Z",
        "11-21 14:00Z to 11-21 15:00Z",
        "11-21 14:00-15:00",
        "2026-11-21 14:00Z to 2026-11-21 15:00Z",
        "2026-11-21 14:00 Z .. 15:00 Z",
        "2026-11-21 14:00 UTC to 15:00 utc",
        "2026-11-21 16:00 +02:00 to 17:00",
        "2026-11-21 16:00 to 17:00+02:00",
    ],
)
def test_it_may_be_written_as_people_type_it(text: str) -> None:
    start = datetime(2026, 11, 21, 14, tzinfo=UTC)
    assert interval(text, NOW) == (start, start + timedelta(hours=1))


def test_a_day_without_a_year_may_end_ahead_and_not_before_it_begins() -> None:
    now = datetime(2026, 11, 30, 21, tzinfo=UTC)
    assert interval("11-30 14:00 to 12-01 00:00", now) == (now.replace(hour=14), datetime(2026, 12, 1, tzinfo=UTC))
    last = now.replace(month=12, day=31)
    assert interval("12-31 14:00 to 01-01", last) == (last.replace(hour=14), datetime(2027, 1, 1, tzinfo=UTC))
    for text in ("11-30 15:00 to 11-30 14:00", "11-30 15:00 to 11-29 14:00", "2026-11-21 03:00 -05:00"):
        with pytest.raises(InvalidInput):
            interval(text, now)


@pytest.mark.parametrize(
    ("text", "hours", "now", "start", "end"),
    [
        ("2026-11-21T14:00Z to 11-25", 0, "2026-11-22T09:00", "2026-11-21T14:00", "2026-11-25T00:00"),
        ("2026-11-30 14:00 to 12-01 00:00", 0, "2026-11-30T15:00", "2026-11-30T14:00", "2026-12-01T00:00"),
        ("2025-11-20 14:00 to 11-20 15:00", 0, "2026-11-22T09:00", "2025-11-20T14:00", "2025-11-20T15:00"),
        ("2025-11-01 to 11-15", 0, "2026-11-22T09:00", "2025-11-01T00:00", "2025-11-15T00:00"),
        ("2025-12-30..01-02", 0, "2026-11-22T09:00", "2025-12-30T00:00", "2026-01-02T00:00"),
        ("2026-01-05 to 12-31", 0, "2026-11-22T09:00", "2026-01-05T00:00", "2026-12-31T00:00"),
        ("12-15 to 01-20", 0, "2026-12-16T09:00", "2026-12-15T00:00", "2027-01-20T00:00"),
        ("12-31 20:00 to 01-01 00:00", -5, "2027-01-01T02:00", "2027-01-01T01:00", "2027-01-01T05:00"),
        ("01-01 00:30 to 01-02", 2, "2026-12-31T23:30", "2026-12-31T22:30", "2027-01-01T22:00"),
        ("01-01 00:30 to 01-02", 14, "2026-12-31T23:30", "2026-12-31T10:30", "2027-01-01T10:00"),
        ("01-01 00:30+02:00 to 12-31 23:00Z", 0, "2026-12-31T23:30", "2026-12-31T22:30", "2026-12-31T23:00"),
        ("2027-11-25 to 02-29", 0, "2027-11-25T09:00", "2027-11-25T00:00", "2028-02-29T00:00"),
    ],
)
def test_an_end_without_a_year_is_the_first_one_behind_the_beginning(
    text: str, hours: int, now: str, start: str, end: str
) -> None:
    found = interval(text, datetime.fromisoformat(f"{now}Z"), timezone(timedelta(hours=hours)))
    assert found == (datetime.fromisoformat(f"{start}Z"), datetime.fromisoformat(f"{end}Z"))


@pytest.mark.parametrize("text", ["2025-11-20 14:00 to 11-20 14:00", "2026-11-21 to 11-20", "11-21 to 11-21"])
def test_an_end_without_a_year_is_not_taken_for_one_of_another_year_where_none_is_meant(text: str) -> None:
    with pytest.raises(InvalidInput, match="does not begin before"):
        interval(text, NOW)


def test_a_day_that_no_year_has_is_told_as_it_was_typed() -> None:
    with pytest.raises(InvalidInput, match=r"^'02-29' is no time of 2025 or 2026$"):
        interval("11-25 to 02-29", NOW)


def _times(first: datetime, last: datetime) -> st.SearchStrategy[datetime]:
    return st.datetimes(first.replace(tzinfo=None), last.replace(tzinfo=None))


@given(
    now=st.one_of(
        _times(datetime(2010, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)),
        _times(datetime(2026, 12, 30, tzinfo=UTC), datetime(2027, 1, 3, tzinfo=UTC)),
    ),
    ago=st.one_of(st.integers(0, 3 * 1440), st.integers(0, 364 * 1440)),
    length=st.one_of(st.integers(1, 3 * 1440), st.integers(1, 180 * 1440)),
    hours=st.integers(-12, 14),
    begins=st.sampled_from(("%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%m-%d %H:%M", "%Y-%m-%d %H:%M%z", "%m-%dT%H:%M %z")),
    ends=st.sampled_from(("%m-%d %H:%M", "%m-%dT%H:%M", "%m-%d %H:%M%z", "%m-%dT%H:%M %z")),
)
def test_it_is_the_same_interval_with_and_without_years_in_any_zone(
    now: datetime, ago: int, length: int, hours: int, begins: str, ends: str
) -> None:
    area = timezone(timedelta(hours=hours))
    start = now.replace(second=0, microsecond=0, tzinfo=UTC) - timedelta(minutes=ago)
    end = start + timedelta(minutes=length)
    typed = f"{start.astimezone(area):{begins}} to {end.astimezone(area):{ends}}"
    assert interval(typed, now.replace(tzinfo=UTC), area) == (start, end)


ZONES = st.sampled_from(("", "Z", " Z", " UTC", "+02:00", " +02:00", "-0530"))
BETWEEN = st.sampled_from(("..", " .. ", " to ", " - ", " \N{EN DASH} ", "\N{EN DASH}", "  to "))


@given(
    day=st.dates(date(2007, 1, 1), date(2100, 1, 1)),
    begins=st.integers(0, 1438),
    length=st.integers(1, 1439),
    zone=ZONES,
    between=BETWEEN,
    t=st.sampled_from("T "),
    end=st.sampled_from(("{day}{t}{time}{zone}", "{time}")),
    hours=st.integers(-12, 12),
)
def test_however_it_is_typed_it_is_the_same_interval(
    day: date, begins: int, length: int, zone: str, between: str, t: str, end: str, hours: int
) -> None:
    ends = min(begins + length, 1439)
    first, last = (f"{minute // 60:02}:{minute % 60:02}" for minute in (begins, ends))
    area = timezone(timedelta(hours=hours))
    typed = f"{day}{t}{first}{zone}{between}{end.format(day=day, t=t, time=last, zone=zone)}"
    plain = zone.strip().replace("UTC", "Z")
    assert interval(typed, NOW, area) == interval(f"{day}T{first}{plain}..{day}T{last}{plain}", NOW, area)


@given(
    ago=st.integers(1, 364),
    begins=st.integers(0, 1438),
    length=st.integers(1, 1439),
    zone=st.sampled_from(("", "Z", " Z", " UTC", "+02:00", " +02:00")),
    between=st.sampled_from((" to ", "-")),
    hours=st.integers(-12, 12),
)
def test_a_day_without_a_year_is_the_newest_and_a_dash_between_times_needs_no_spaces(
    ago: int, begins: int, length: int, zone: str, between: str, hours: int
) -> None:
    day, area = NOW.date() - timedelta(days=ago), timezone(timedelta(hours=hours))
    first, last = (f"{minute // 60:02}:{minute % 60:02}" for minute in (begins, min(begins + length, 1439)))
    expected = interval(f"{day}T{first}{zone}..{day}T{last}{zone}", NOW, area)
    assert interval(f"{day:%m-%d} {first}{between}{last}{zone}", NOW, area) == expected
    assert interval(f"{day} {first}{between}{last}{zone}", NOW, area) == expected


@pytest.mark.parametrize("text", ["2026-11-21", "11-21"])
def test_a_day_alone_is_all_of_it_in_the_zone_of_the_page(text: str) -> None:
    start = datetime(2026, 11, 20, 22, tzinfo=UTC)
    assert interval(text, NOW, timezone(timedelta(hours=2))) == (start, start + timedelta(days=1))


@pytest.mark.parametrize(
    ("text", "hours", "day"),
    [
        ("11-23 10:00 to 11:00", 0, date(2026, 11, 23)),
        ("11-24 10:00 to 11:00", 0, date(2025, 11, 24)),
        ("02-29 10:00 to 11:00", 0, date(2024, 2, 29)),
        ("11-24 10:00 to 11:00", 14, date(2025, 11, 24)),
    ],
)
def test_a_day_that_has_not_begun_is_one_of_an_earlier_year(text: str, hours: int, day: date) -> None:
    area = timezone(timedelta(hours=hours))
    start = datetime.combine(day, time(10), area)
    assert interval(text, NOW, area) == (start, start + timedelta(hours=1))


def test_a_day_without_a_year_may_have_begun_in_its_zone_alone() -> None:
    late = datetime(2026, 12, 31, 23, tzinfo=UTC)
    start = datetime(2026, 12, 31, 22, 30, tzinfo=UTC)
    found = interval("01-01 00:30+02:00 to 00:45", late)
    assert found == (start, start + timedelta(minutes=15))


@given(st.one_of(st.text(), st.text("0123456789-:TZto. +U", max_size=40)))
def test_whatever_is_typed_is_an_interval_or_refused(text: str) -> None:
    try:
        start, end = interval(text, NOW)
    except InvalidInput:
        return
    assert start < end


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-21T14:00Z",
        "2026-11-21T14:00-05:00",
        "2026-11-21 14:00:00-15:00:00",
        "2026-11-21 14:00-05:00",
        "2026-11-21 03:00-05:00-09:00",
        "2026-02-30",
        "02-30 14:00 to 15:00",
        "now..now-2h",
        "now..now",
        "..",
        "a..b",
        "now-1h..",
        "14:00 to 15:00",
        "2026-11-21 to 15:00",
        "now-3h..now-2h..now-1h",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        interval(text, NOW)


def test_a_time_without_a_zone_is_in_that_of_the_list() -> None:
    start = datetime(2026, 11, 21, 12, tzinfo=UTC)
    given = interval("2026-11-21T14:00..2026-11-21T13:00Z", NOW, timezone(timedelta(hours=2)))
    assert given == (start, start + timedelta(hours=1))


def test_what_is_written_means_the_same_at_any_time() -> None:
    footage = filmed("now-2h..now", NOW)
    assert interval_text(footage) == "2026-11-23T07:41Z..2026-11-23T09:41Z"
    assert interval_of(interval_text(footage)) == footage


def test_what_is_not_filmed_yet_cannot_be_asked_for() -> None:
    with pytest.raises(InvalidInput, match="not filmed"):
        filmed("now..2026-11-24", NOW)


def test_video_may_be_asked_for_from_when_a_url_could_still_be_alive() -> None:
    assert asked_since((NOW, NOW + LONGEST_URL)) == NOW - LONGEST_URL
    first = filmed("2006-01-01..2006-01-02", NOW)
    assert asked_since(first) == first[0]
