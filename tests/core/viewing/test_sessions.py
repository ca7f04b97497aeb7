import random
from collections import Counter
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given

from app.core.kvs.actions import MEDIA_READ
from app.core.timeline.outcome import CallOutcome
from app.core.viewing.sessions import GAP, HOW, MOST_KEYS, How, ViewerSession, viewer_sessions
from app.core.viewing.viewer import viewers_of
from tests.builders.viewing import call, reading_calls


def folded(calls) -> tuple[ViewerSession, ...]:
    return viewer_sessions(calls, viewers_of(calls, {}, ()))


def test_every_action_that_shows_media_is_read_in_some_way():
    assert set(HOW) == MEDIA_READ | {"ListFragments"}


def test_a_night_of_86_fragment_lists_is_one_session():
    night = [call(n * 0.62, "GetMediaForFragmentList") for n in range(86)]
    (session,) = folded([call(-1, "ListFragments"), *night])
    assert (len(session.calls), session.how, session.shows_media) == (87, How.ARCHIVE, True)


@pytest.mark.parametrize(("pause", "sessions"), [(GAP, 1), (GAP + timedelta(seconds=1), 2)])
def test_a_pause_longer_than_the_gap_parts_sessions(pause, sessions):
    assert len(folded([call(0), call(pause.total_seconds() / 60)])) == sessions


def test_a_playback_url_counts_until_it_ends():
    url = call(0, "GetHLSStreamingSessionURL", url_expires_s=43_200)
    assert len(folded([url, call(13 * 60, "GetDASHStreamingSessionURL", url_expires_s=300)])) == 1
    assert len(folded([url, call(14 * 60, "GetDASHStreamingSessionURL", url_expires_s=300)])) == 2


def test_a_refused_url_lives_for_no_time():
    refused = call(0, "GetHLSStreamingSessionURL", url_expires_s=43_200, error_code="AccessDenied")
    again = call(120, "GetHLSStreamingSessionURL", url_expires_s=300, error_code="AccessDenied")
    assert len(folded([refused, again])) == 2


@pytest.mark.parametrize(
    "change",
    [
        {"person": "jonas@halden.example"},
        {"address": "198.51.100.7"},
        {"principal_id": 8, "principal": "arn:aws:iam::590817264433:role/Other"},
        {"action": "GetMedia"},
        {"error_code": "AccessDenied"},
    ],
)
def test_another_viewer_place_way_or_outcome_is_another_session(change):
    assert len(folded([call(0), call(1, **change)])) == 2


def test_a_new_key_of_the_same_person_is_the_same_session():
    (session,) = folded([call(0), call(1, access_key="ASIANEW")])
    assert session.keys == {"ASIAMARA", "ASIANEW"}


def test_a_list_of_fragments_alone_shows_no_media():
    (session,) = folded([call(0, "ListFragments")])
    assert not session.shows_media


def test_a_session_ends_before_a_filter_could_not_name_its_keys():
    sessions = folded([call(n, access_key=f"ASIA{n}") for n in range(MOST_KEYS + 5)])
    assert [len(session.calls) for session in sessions] == [5, MOST_KEYS]


def test_the_newest_comes_first():
    sessions = folded([call(0), call(500, address="198.51.100.7"), call(200)])
    assert [session.last.at for session in sessions] == sorted((s.last.at for s in sessions), reverse=True)


@given(reading_calls)
def test_no_reading_call_is_lost_or_counted_twice(calls):
    wanted = {one.key: one for one in calls if one.action in HOW}
    found = Counter(one.key for session in folded(list(wanted.values())) for one in session.calls)
    assert found == Counter(wanted.keys())


@given(reading_calls)
def test_the_order_of_calls_and_a_call_given_twice_make_no_difference(calls):
    calls = list({one.key: one for one in calls}.values())
    mixed = random.Random(7).sample(calls, len(calls))
    assert folded(mixed + mixed[:3]) == folded(calls)


@given(reading_calls)
def test_calls_of_one_session_have_in_common_what_a_filter_names_and_sessions_of_it_never_meet(calls):
    calls = list({one.key: one for one in calls}.values())
    threads: dict[object, list[ViewerSession]] = {}
    for session in folded(calls):
        same = {(c.principal, c.person, c.address, HOW[c.action], c.outcome) for c in session.calls}
        assert len(same) == 1
        threads.setdefault((session.viewer, same.pop()), []).append(session)
    for found in threads.values():
        found.sort(key=lambda session: session.first.at)
        assert all(a.last.at < b.first.at for a, b in pairwise(found))


@given(reading_calls)
def test_what_was_refused_is_in_no_session_with_what_was_answered(calls):
    calls = list({one.key: one for one in calls}.values())
    for session in folded(calls):
        assert (session.outcome is CallOutcome.OK) == all(one.error_code is None for one in session.calls)
