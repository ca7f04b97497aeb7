from datetime import UTC, date, datetime, timedelta

import pytest

from app.core.trailfile.cursor import (
    GIVEN_UP_AFTER,
    LEAST_TRIES,
    LONGEST_PAUSE,
    BucketCursor,
    Place,
    Unread,
    from_json,
    to_json,
)
from app.core.trailfile.keys import written_to

PREFIX = "AWSLogs/111122223333/CloudTrail/eu-west-1/"
OTHER = "AWSLogs/444455556666/CloudTrail/eu-west-1/"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def key(at: datetime, tail: str = "aaaaaaaaaaaaaaaa") -> str:
    return f"{at:%Y/%m/%d}/111122223333_CloudTrail_eu-west-1_{at:%Y%m%dT%H%MZ}_{tail}.json.gz"


def fresh(days: int = 90, *prefixes: str) -> BucketCursor:
    cursor = BucketCursor((NOW - timedelta(days=days)).date())
    cursor.discover(prefixes or (PREFIX,), NOW)
    return cursor


def test_a_new_place_begins_two_days_ago_and_goes_back_from_there():
    place = fresh().places[PREFIX]
    assert place.list_after(PREFIX) == f"{PREFIX}2026/11/21"
    assert place.backfill_day == date(2026, 11, 20)


def test_nothing_of_before_the_start_is_wanted():
    place = fresh(1).places[PREFIX]
    assert place.list_after(PREFIX) == f"{PREFIX}2026/11/22"
    assert place.backfill_day is None


def test_a_backfill_ends_at_what_is_not_kept_any_more():
    cursor = fresh(500, PREFIX, OTHER)
    cursor.places[OTHER].backfill_day = date(2025, 9, 30)
    cursor.end_backfill_at(date(2025, 10, 1))
    assert cursor.start == date(2025, 10, 1)
    assert cursor.places[PREFIX].backfill_day == date(2026, 11, 20)
    assert cursor.places[OTHER].backfill_day is None
    assert cursor.next_backfill() == PREFIX


def test_a_place_that_was_found_long_before_what_is_kept_counts_no_days_less_than_none():
    cursor = fresh()
    cursor.places[PREFIX].backfill_day = None
    cursor.end_backfill_at(date(2027, 3, 1))
    assert cursor.backfill_progress() == (0, 0)


def test_the_last_half_hour_is_listed_again_and_read_once():
    place = fresh().places[PREFIX]
    first, second = key(NOW, "m"), key(NOW - timedelta(minutes=5))
    for each in (first, second):
        place.read(PREFIX, each, NOW)
    assert place.list_after(PREFIX) < PREFIX + key(NOW - timedelta(minutes=29))
    assert place.list_after(PREFIX) > PREFIX + key(NOW - timedelta(minutes=31))
    assert not place.is_new(PREFIX, first, NOW)
    assert not place.is_new(PREFIX, second, NOW)
    assert place.is_new(PREFIX, key(NOW, "a"), NOW)
    assert place.is_new(PREFIX, key(NOW - timedelta(minutes=10)), NOW)


def test_the_half_hour_reaches_over_midnight():
    place = fresh().places[PREFIX]
    place.read(PREFIX, key(datetime(2026, 11, 23, 0, 10, tzinfo=UTC)), NOW)
    assert place.list_after(PREFIX) == f"{PREFIX}2026/11/22/111122223333_CloudTrail_eu-west-1_20261122T2340Z"


def test_it_does_not_go_back_behind_the_first_day():
    place = fresh().places[PREFIX]
    place.read(PREFIX, key(datetime(2026, 11, 21, 0, 10, tzinfo=UTC)), NOW)
    assert place.list_after(PREFIX) == f"{PREFIX}2026/11/21"


@pytest.mark.parametrize(
    ("last", "listed_after"),
    [
        ("2026/11/22/renamed.json.gz", "2026/11/22/"),
        (key(NOW.replace(hour=23)), "2026/11/23/"),
        (key(NOW + timedelta(days=9)), "2026/11/21"),
    ],
    ids=["without a time", "later today", "in days to come"],
)
def test_a_position_out_of_order_goes_back_to_where_it_hides_nothing(last, listed_after):
    place = Place(date(2026, 11, 21), last=last, recent={1: NOW})
    place.put_in_order(PREFIX, NOW)
    assert place.list_after(PREFIX) == PREFIX + listed_after
    assert place.is_new(PREFIX, key(NOW), NOW)


def test_a_position_in_order_stays():
    place = Place(date(2026, 11, 21), last=key(NOW), recent={1: NOW})
    place.put_in_order(PREFIX, NOW)
    assert (place.last, place.recent) == (key(NOW), {1: NOW})


def test_names_out_of_order_are_forgotten_when_nothing_lists_them_any_more():
    place = fresh().places[PREFIX]
    for stray in ("2026/11/23/notes.json.gz", key(NOW + timedelta(days=9))):
        place.read(PREFIX, stray, NOW)
        assert not place.is_new(PREFIX, stray, NOW)
    tomorrow = NOW + timedelta(days=1)
    place.read(PREFIX, key(tomorrow), tomorrow)
    assert list(place.stray.values()) == [date(2026, 12, 2)]


def test_marks_are_forgotten_when_nothing_asks_for_them():
    place = fresh().places[PREFIX]
    for minute in range(0, 600, 5):
        place.read(PREFIX, key(NOW + timedelta(minutes=minute)), NOW + timedelta(minutes=minute))
    assert len(place.recent) == 13


def test_a_tally_tells_days_apart_and_forgets_old_ones_that_were_compared():
    place = fresh().places[PREFIX]
    for day in range(5):
        place.read(PREFIX, key(NOW + timedelta(days=day)), NOW + timedelta(days=day))
    assert min(place.days_to_compare(date(2026, 11, 28))) == date(2026, 11, 23)
    place.compared()
    assert sorted(place.tallies) == [date(2026, 11, day) for day in (24, 25, 26, 27)]
    assert len({tally.marks for tally in place.tallies.values()}) == 4


def test_the_backfill_goes_day_by_day_over_all_places_newest_first():
    cursor = fresh(4, PREFIX, OTHER)
    seen = []
    while (prefix := cursor.next_backfill()) is not None:
        seen.append((prefix, cursor.places[prefix].backfill_day))
        cursor.backfilled(prefix)
    newest, oldest = date(2026, 11, 20), date(2026, 11, 19)
    assert seen == [(PREFIX, newest), (OTHER, newest), (PREFIX, oldest), (OTHER, oldest)]


def test_a_bucket_was_read_until_the_least_recent_listing_of_its_places():
    cursor = fresh(4, PREFIX, OTHER)
    (folder,) = {written_to(PREFIX), written_to(OTHER)}
    assert cursor.read_until() == {folder: None}
    cursor.places[PREFIX].listed_at = NOW
    assert cursor.read_until() == {folder: None}
    cursor.places[OTHER].listed_at = NOW - timedelta(hours=1)
    assert cursor.read_until() == {folder: NOW - timedelta(hours=1)}


def test_its_progress_is_of_days():
    cursor = fresh(4, PREFIX, OTHER)
    assert cursor.backfill_progress() == (0, 4)
    cursor.backfilled(PREFIX)
    assert cursor.backfill_progress() == (1, 4)


def test_a_place_found_later_does_not_disturb_the_others():
    cursor = fresh()
    cursor.places[PREFIX].read(PREFIX, key(NOW), NOW)
    cursor.discover([PREFIX, OTHER], NOW + timedelta(hours=1))
    assert cursor.places[PREFIX].last == key(NOW)
    assert cursor.places[OTHER].first_day == date(2026, 11, 21)


@pytest.mark.parametrize("reads", [0, 3])
def test_it_is_the_same_after_storing(reads):
    cursor = fresh(90, PREFIX, OTHER)
    for n in range(reads):
        cursor.places[PREFIX].read(PREFIX, key(NOW + timedelta(hours=n)), NOW + timedelta(hours=1))
        cursor.places[OTHER].failed(key(NOW + timedelta(hours=n)), 512, "throttled", NOW)
    cursor.compared_at = cursor.places[PREFIX].listed_at = NOW
    assert from_json(to_json(cursor)) == cursor


def test_a_file_that_did_not_come_is_kept_until_it_is_settled():
    cursor = fresh(90, PREFIX, OTHER)
    place, late = cursor.places[PREFIX], key(NOW)
    place.failed(late, 512, "throttled", NOW)
    place.failed(late, 512, "no answer", NOW + timedelta(minutes=1))
    cursor.places[OTHER].failed(late, 99, "throttled", NOW)
    assert place.unread == {late: Unread(512, 2, NOW, NOW + timedelta(minutes=3), "no answer")}
    assert cursor.n_unread() == 2
    place.settled(late)
    place.settled(late)
    assert cursor.n_unread() == 1


def test_the_pause_doubles_from_a_minute_to_an_hour():
    place, late, now, pauses = fresh().places[PREFIX], key(NOW), NOW, []
    for _ in range(60):
        place.failed(late, 512, "throttled", now)
        pauses.append(place.unread[late].next_at - now)
        now = place.unread[late].next_at
    assert pauses[:7] == [timedelta(minutes=2**n) for n in range(6)] + [LONGEST_PAUSE]
    assert set(pauses[6:]) == {LONGEST_PAUSE}


def test_a_file_is_due_when_its_pause_is_over():
    place = fresh().places[PREFIX]
    place.failed(key(NOW), 512, "throttled", NOW)
    assert list(place.due(NOW + timedelta(seconds=59))) == []
    assert [late for late, _ in place.due(NOW + timedelta(seconds=60))] == [key(NOW)]


@pytest.mark.parametrize(
    ("tries", "after", "given_up"),
    [
        (LEAST_TRIES - 1, GIVEN_UP_AFTER, True),
        (LEAST_TRIES - 1, GIVEN_UP_AFTER - timedelta(seconds=1), False),
        (LEAST_TRIES - 2, GIVEN_UP_AFTER, False),
        (0, GIVEN_UP_AFTER, False),
    ],
    ids=["a day of tries", "not yet a day", "a worker that stood still", "never failed"],
)
def test_a_file_is_given_up_after_a_day_and_a_few_tries(tries, after, given_up):
    place = fresh().places[PREFIX]
    for _ in range(tries):
        place.failed(key(NOW), 512, "throttled", NOW)
    assert place.is_given_up(key(NOW), NOW + after) is given_up


def test_a_sample_is_spread_over_places_and_times():
    cursor = BucketCursor(date(2026, 8, 1))
    cursor.discover([f"p{n}/" for n in range(4)], datetime(2026, 11, 1, tzinfo=UTC))
    found = cursor.backfill_sample(8)
    assert [folder.partition("/")[0] for folder in found] == ["p0", "p0", "p1", "p1", "p2", "p2", "p3", "p3"]
    assert found[0] == "p0/2026/10/29/"
    assert found[-1].startswith("p3/2026/08/")
    assert len(cursor.backfill_sample(10_000)) == 4 * 90


def test_the_days_of_each_place_that_are_sampled_are_spread_over_all_of_its_time():
    cursor = BucketCursor(date(2026, 8, 3))
    cursor.discover(["grown/", "old/"], datetime(2026, 11, 1, tzinfo=UTC))
    found = cursor.backfill_sample(8)
    months = {place: [folder[-11:-4] for folder in found if folder.startswith(place)] for place in ("grown", "old")}
    assert months == {
        "grown": ["2026/10", "2026/10", "2026/09", "2026/08"],
        "old": ["2026/10", "2026/09", "2026/09", "2026/08"],
    }
    assert len(set(cursor.backfill_sample(10_000))) == 2 * 88


def test_each_place_is_sampled_for_any_may_have_more_files_than_all_others():
    cursor = BucketCursor(date(2026, 8, 1))
    cursor.discover([f"p{n}/" for n in range(60)], datetime(2026, 11, 1, tzinfo=UTC))
    assert len({folder.partition("/")[0] for folder in cursor.backfill_sample(24)}) == 60


def test_nothing_is_sampled_where_nothing_is_left():
    cursor = BucketCursor(date(2026, 11, 1))
    cursor.discover(["p/"], datetime(2026, 11, 1, tzinfo=UTC))
    assert cursor.backfill_sample(8) == []


def test_a_file_was_passed_when_it_would_have_been_read():
    cursor = fresh()
    place = cursor.places[PREFIX]
    place.read(PREFIX, key(NOW), NOW)
    assert cursor.has_passed(PREFIX + key(NOW - timedelta(hours=1)))
    assert not cursor.has_passed(PREFIX + key(NOW + timedelta(hours=1)))
    place.failed(key(NOW - timedelta(hours=1)), 512, "throttled", NOW)
    assert not cursor.has_passed(PREFIX + key(NOW - timedelta(hours=1)))


def test_a_file_of_the_past_was_passed_when_the_backfill_was_there():
    cursor = fresh()
    place = cursor.places[PREFIX]
    old = NOW - timedelta(days=4)
    assert not cursor.has_passed(PREFIX + key(old))
    place.backfill_day = old.date()
    assert not cursor.has_passed(PREFIX + key(old))
    place.backfill_day = old.date() - timedelta(days=1)
    assert cursor.has_passed(PREFIX + key(old))
    place.backfill_day = None
    assert cursor.has_passed(PREFIX + key(old))


def test_a_folder_that_there_is_not_was_passed_once_folders_were_looked_for():
    cursor = fresh()
    elsewhere = PREFIX.replace("eu-west-1", "eu-north-1") + key(NOW)
    assert cursor.has_passed(elsewhere)
    assert not BucketCursor(date(2026, 11, 1)).has_passed(elsewhere)
