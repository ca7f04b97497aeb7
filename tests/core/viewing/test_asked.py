from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from app.core.model.footage import Footage, FootageKind
from app.core.viewing.asked import asked, length, united, within
from tests.builders.viewing import NOON, call

MINUTE = timedelta(minutes=1)
intervals = st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99)), max_size=12).map(
    lambda pairs: [(NOON + a * MINUTE, NOON + b * MINUTE) for a, b in pairs]
)


def of(start: int, end: int) -> Footage:
    return Footage(FootageKind.INTERVAL, NOON + start * MINUTE, NOON + end * MINUTE)


def test_what_was_asked_for_twice_counts_once():
    found = asked([call(0, footage=of(0, 10)), call(1, footage=of(5, 20)), call(2, footage=of(30, 31))])
    assert (found.length, len(found.pieces)) == (21 * MINUTE, 2)


def test_what_was_only_listed_is_no_footage():
    found = asked([call(0, "ListFragments", footage=of(0, 60))])
    assert (found.length, length(found.listed)) == (timedelta(), 60 * MINUTE)


def test_a_list_whose_record_says_nothing_is_not_counted_as_untold():
    assert not asked([call(0, "ListFragments", footage=Footage(FootageKind.NOT_IN_RECORD))]).untold


def test_it_counts_the_calls_of_whose_interval_no_record_tells():
    numbers = Footage(FootageKind.FRAGMENT_NUMBER)
    found = asked([call(n, "GetMediaForFragmentList", footage=numbers) for n in range(3)])
    assert found.untold == {FootageKind.FRAGMENT_NUMBER: 3}


def test_a_playback_url_tells_its_end_whatever_it_shows():
    url = call(0, "GetHLSStreamingSessionURL", url_expires_s=43_200, footage=Footage(FootageKind.NOT_IN_RECORD))
    assert asked([url]).url_until == NOON + timedelta(hours=12)


@given(intervals)
def test_united_intervals_hold_the_same_minutes_and_touch_nowhere(given_):
    made = united(given_)
    minutes = {n for a, b in given_ for n in range((a - NOON) // MINUTE, (b - NOON) // MINUTE)}
    assert {n for a, b in made for n in range((a - NOON) // MINUTE, (b - NOON) // MINUTE)} == minutes
    assert all(a[1] < b[0] for a, b in pairwise(made))


@given(intervals, st.integers(0, 99), st.integers(0, 99))
def test_within_counts_what_lies_between(given_, start, end):
    made = united(given_)
    minutes = {n for a, b in made for n in range((a - NOON) // MINUTE, (b - NOON) // MINUTE)}
    counted = within(made, NOON + start * MINUTE, NOON + end * MINUTE)
    assert counted == len(minutes & set(range(start, end))) * MINUTE
