from datetime import UTC, date, datetime, timedelta

from app.core.coverage.days import KnownDays
from app.core.rules.habits import LEARNING_DAYS, Read, history, known_since

DAY = date(2026, 11, 23)


def read(
    days_before: int = 1, hour: int = 9, stream: str | None = "cam", network: str | None = "net", **changes: object
):
    moment = datetime(2026, 11, 23, hour, tzinfo=UTC) - timedelta(days=days_before)
    values = {"reader": "r", "principal": "r", "is_recorded": True, "first_at": moment} | changes
    return Read(stream=stream, hour=moment, network=network, **values)


def days_back(*numbers: int) -> frozenset[date]:
    return frozenset(DAY - timedelta(days=number) for number in numbers)


def test_it_learns_first_reads_networks_hours_and_streams():
    found = history([read(2), read(1, 10, stream="other")], KnownDays(days_back(0, 1, 2)), DAY)

    assert found.first_reads["r", "cam"] == read(2).first_at
    assert found.first_networks["r", "net"] == read(2).first_at
    assert found.hours["r"] == {(DAY - timedelta(days=2), 9), (DAY - timedelta(days=1), 10)}
    assert found.streams_a_day["r"] == {DAY - timedelta(days=2): 1, DAY - timedelta(days=1): 1}


def test_nothing_of_the_day_itself_is_habit():
    found = history([read(0)], KnownDays(days_back(0)), DAY)

    assert (found.hours, found.streams_a_day) == ({}, {})
    assert found.first_reads["r", "cam"] == read(0).first_at


def test_what_lies_further_back_does_not_count_however_much_was_loaded():
    assert history([read(LEARNING_DAYS + 1)], KnownDays(), DAY).first_reads == {}
    assert history([read(LEARNING_DAYS)], KnownDays(), DAY).first_reads != {}


def test_what_a_service_reads_for_a_reader_is_a_read_and_no_habit():
    found = history([read(is_by_service=True)], KnownDays(), DAY)

    assert found.first_reads["r", "cam"] == read().first_at
    assert (found.first_networks, found.hours, found.streams_a_day) == ({}, {}, {})


def test_live_media_makes_no_hours():
    assert history([read(is_recorded=False)], KnownDays(), DAY).hours == {}


def test_reads_without_stream_or_network_are_no_pair():
    found = history([read(stream=None, network=None)], KnownDays(), DAY)

    assert (found.first_reads, found.first_networks) == ({}, {})


def test_the_past_is_known_back_to_the_first_long_gap():
    assert known_since(days_back(0, 1, 2, 5, 6, 20), DAY) == DAY - timedelta(days=6)


def test_an_archive_that_is_missing_up_to_the_day_leaves_nothing_known():
    assert known_since(days_back(9, 10), DAY) is None
    assert known_since(frozenset(), DAY) is None


def test_days_after_the_day_judged_say_nothing():
    assert known_since(frozenset({DAY + timedelta(days=1)}), DAY) is None


def test_a_day_on_which_reads_were_not_logged_does_not_shorten_the_past_before_it():
    found = history([], KnownDays(days_back(1, 2, 3), dict.fromkeys(days_back(0), "no selector takes them")), DAY)

    assert (found.known_since, found.dark) == (DAY - timedelta(days=3), "")


def test_a_past_on_which_reads_were_never_logged_says_why():
    found = history([], KnownDays(frozenset(), dict.fromkeys(days_back(0, 1, 2), "no selector takes them")), DAY)

    assert (found.known_since, found.dark) == (None, "no selector takes them")


def test_the_past_says_why_it_is_no_longer():
    known = KnownDays(days_back(0, 1, 2), dict.fromkeys(days_back(3, 4), "the trail had no selector"))

    found = history([], known, DAY)

    assert (found.known_since, found.dark) == (DAY - timedelta(days=2), "the trail had no selector")
