from datetime import UTC, datetime, timedelta, timezone

import pytest

from app.core.errors import InvalidInput
from app.core.query.moment import iso, moment, past, zone

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "ago"),
    [
        ("now", timedelta()),
        ("now-30s", timedelta(seconds=30)),
        ("now-15m", timedelta(minutes=15)),
        ("now-24h", timedelta(hours=24)),
        ("now-90d", timedelta(days=90)),
        ("now-2w", timedelta(weeks=2)),
    ],
)
def test_it_counts_back_from_now(text, ago):
    found = moment(text, now=NOW)
    assert (found.at, found.text) == (NOW - ago, text)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("2026-11-20", "2026-11-20T00:00Z"),
        ("2026-11-20T10:30", "2026-11-20T10:30Z"),
        ("2026-11-20T10:30:05Z", "2026-11-20T10:30:05Z"),
        ("2026-11-20T10:30+02:00", "2026-11-20T08:30Z"),
    ],
)
def test_it_reads_absolute_times_and_writes_them_in_utc(text, written):
    assert moment(text, now=NOW).text == written


def test_a_naive_time_is_in_the_zone_asked_for():
    found = moment("2026-11-20T10:30", now=NOW, naive_zone=timezone(timedelta(hours=-5)))
    assert found.at == datetime(2026, 11, 20, 15, 30, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "now+1h", "now-h", "tomorrow", "2026-13-01", "1999-01-01", "2400-01-01"])
def test_it_refuses_what_is_no_time(text):
    with pytest.raises(InvalidInput):
        moment(text, now=NOW)


@pytest.mark.parametrize("text", ["Europe/Berlin", "+25:00", "2", "+02:99", ""])
def test_it_refuses_what_is_no_zone(text):
    with pytest.raises(InvalidInput):
        zone(text)


def test_it_writes_no_more_digits_than_a_time_needs():
    assert iso(datetime(2026, 11, 20, 10, 0, tzinfo=UTC)) == "2026-11-20T10:00Z"
    assert iso(datetime(2026, 11, 20, 10, 0, 7, tzinfo=UTC)) == "2026-11-20T10:00:07Z"


@pytest.mark.parametrize("text", ["now", "now-1s", "2026-11-23T12:00Z"])
def test_the_past_reaches_to_now(text):
    assert past(text, now=NOW).at <= NOW


@pytest.mark.parametrize(
    "text", ["2026-11-23T12:01Z", "9999-12-31T23:59Z", "1", "", "now+1d", "\0", "2026-11-23" * 1_000]
)
def test_what_is_to_come_or_no_time_is_not_past_and_is_refused_in_few_words(text):
    with pytest.raises(InvalidInput) as refused:
        past(text, now=NOW)
    assert len(str(refused.value)) < 200
