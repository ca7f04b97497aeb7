import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.kvs.actions import MEDIA_READ
from app.core.model.footage import RESOLVED, Footage, FootageClock, FootageKind
from app.core.normalise.footage import footage_of
from app.core.normalise.record import event
from app.core.trailfile.shape import decoded
from tests.builders.trail import compact, kvs_record

TIME = datetime(2026, 11, 1, 10, 15, tzinfo=UTC)
ONE, TWO = datetime(2026, 10, 31, 22, tzinfo=UTC), datetime(2026, 10, 31, 23, tzinfo=UTC)
ENDS = TIME + timedelta(minutes=5)
FROM, TO = "2026-10-31T22:00:00Z", "2026-10-31T23:00:00Z"
PRODUCER, SERVER = FootageClock.PRODUCER, FootageClock.SERVER
READS = [*sorted(MEDIA_READ), "ListFragments"]


def asked(action: str, parameters: Any, url_expires_s: int | None = None) -> Footage | None:
    lowered = {key.lower(): value for key, value in parameters.items()}
    return footage_of(action, lowered, TIME, url_expires_s)


def selector(kind: str | None, start: Any = ..., end: Any = ..., named: str = "fragmentSelectorType") -> dict[str, Any]:
    given = {"startTimestamp": start, "endTimestamp": end}
    found: dict[str, Any] = {} if kind is None else {named: kind}
    span = {name: value for name, value in given.items() if value is not ...}
    return found | ({"timestampRange": span} if span else {})


@pytest.mark.parametrize(
    ("start", "wanted"),
    [
        ({"startSelectorType": "NOW"}, Footage(FootageKind.LIVE, TIME)),
        ({"startSelectorType": "EARLIEST"}, Footage(FootageKind.EARLIEST)),
        (
            {"startSelectorType": "CONTINUATION_TOKEN", "continuationToken": "9"},
            Footage(FootageKind.CONTINUATION_TOKEN),
        ),
        ({"startSelectorType": "FRAGMENT_NUMBER", "afterFragmentNumber": "9"}, Footage(FootageKind.FRAGMENT_NUMBER)),
        (
            {"StartSelectorType": "PRODUCER_TIMESTAMP", "StartTimestamp": FROM},
            Footage(FootageKind.ONWARD, ONE, None, PRODUCER),
        ),
        (
            {"startSelectorType": "SERVER_TIMESTAMP", "startTimestamp": "Oct 31, 2026, 10:00:00 PM"},
            Footage(FootageKind.ONWARD, ONE, None, SERVER),
        ),
        ({"startSelectorType": "SERVER_TIMESTAMP"}, Footage(FootageKind.NOT_IN_RECORD)),
        ({"startSelectorType": "SOMETHING_NEW"}, Footage(FootageKind.NOT_IN_RECORD)),
        ({}, Footage(FootageKind.NOT_IN_RECORD)),
        (None, Footage(FootageKind.NOT_IN_RECORD)),
        ("NOW", Footage(FootageKind.NOT_IN_RECORD)),
    ],
    ids=lambda value: value.get("startSelectorType", "other case") if isinstance(value, dict) else None,
)
def test_get_media_reads_from_its_start_selector_on(start, wanted):
    assert asked("GetMedia", {"startSelector": start}) == wanted


SESSIONS = [
    ("GetHLSStreamingSessionURL", "hLSFragmentSelector"),
    ("GetDASHStreamingSessionURL", "DASHFragmentSelector"),
]


@pytest.mark.parametrize(("action", "name"), SESSIONS)
@pytest.mark.parametrize(
    ("mode", "chosen", "wanted"),
    [
        (None, None, Footage(FootageKind.LIVE, TIME, ENDS)),
        ("LIVE", None, Footage(FootageKind.LIVE, TIME, ENDS)),
        ("LIVE", selector("PRODUCER_TIMESTAMP"), Footage(FootageKind.LIVE, TIME, ENDS)),
        (None, selector("PRODUCER_TIMESTAMP"), Footage(FootageKind.LIVE, TIME, ENDS)),
        ("LIVE_REPLAY", selector("PRODUCER_TIMESTAMP", FROM), Footage(FootageKind.REPLAY, ONE, ENDS, PRODUCER)),
        ("LIVE_REPLAY", selector(None, FROM, TO), Footage(FootageKind.INTERVAL, ONE, TWO, SERVER)),
        ("ON_DEMAND", selector("PRODUCER_TIMESTAMP", FROM, TO), Footage(FootageKind.INTERVAL, ONE, TWO, PRODUCER)),
        (
            "ON_DEMAND",
            selector(None, ONE.timestamp(), TWO.timestamp()),
            Footage(FootageKind.INTERVAL, ONE, TWO, SERVER),
        ),
        ("ON_DEMAND", selector(None, FROM), Footage(FootageKind.ONWARD, ONE, None, SERVER)),
        ("ON_DEMAND", None, Footage(FootageKind.NOT_IN_RECORD)),
        ("LIVE_REPLAY", selector(None, "soon"), Footage(FootageKind.NOT_IN_RECORD)),
        (None, selector(None, ONE.timestamp() * 1000, TO), Footage(FootageKind.INTERVAL, ONE, TWO, SERVER)),
        (None, selector(None, "soon"), Footage(FootageKind.NOT_IN_RECORD)),
    ],
)
def test_a_playback_session_shows_what_its_mode_says(action, name, mode, chosen, wanted):
    parameters = {"streamName": "door", "playbackMode": mode, name: chosen}
    assert asked(action, {key: value for key, value in parameters.items() if value is not None}, 300) == wanted


@pytest.mark.parametrize("action", [action for action, _ in SESSIONS])
def test_a_session_of_which_the_record_has_no_parameters_is_not_taken_for_the_default(action):
    assert asked(action, {}) == Footage(FootageKind.NOT_IN_RECORD)


@pytest.mark.parametrize(
    ("action", "parameters", "wanted"),
    [
        (
            "GetClip",
            {"clipFragmentSelector": selector("PRODUCER_TIMESTAMP", FROM, TO)},
            Footage(FootageKind.INTERVAL, ONE, TWO, PRODUCER),
        ),
        ("GetClip", {"clipFragmentSelector": selector(None, "soon", {"odd": 1})}, Footage(FootageKind.NOT_IN_RECORD)),
        ("GetClip", {"clipFragmentSelector": selector(None, FROM, "soon")}, Footage(FootageKind.NOT_IN_RECORD)),
        ("GetClip", {}, Footage(FootageKind.NOT_IN_RECORD)),
        (
            "GetImages",
            {"imageSelectorType": "SERVER_TIMESTAMP", "startTimestamp": FROM, "endTimestamp": TO},
            Footage(FootageKind.INTERVAL, ONE, TWO, SERVER),
        ),
        ("GetImages", {"startTimestamp": FROM}, Footage(FootageKind.ONWARD, ONE)),
        (
            "ListFragments",
            {"fragmentSelector": selector("SERVER_TIMESTAMP", FROM, TO), "nextToken": "x"},
            Footage(FootageKind.INTERVAL, ONE, TWO, SERVER),
        ),
        ("ListFragments", {"nextToken": "x"}, Footage(FootageKind.CONTINUATION_TOKEN)),
        ("ListFragments", {"maxResults": 9}, Footage(FootageKind.NOT_IN_RECORD)),
        ("GetMediaForFragmentList", {"fragments": ["9134385233318143"]}, Footage(FootageKind.FRAGMENT_NUMBER)),
        ("GetMediaForFragmentList", {}, Footage(FootageKind.NOT_IN_RECORD)),
        ("ConnectAsViewer", {"channelARN": "arn:c"}, Footage(FootageKind.LIVE, TIME)),
        ("JoinStorageSessionAsViewer", {}, Footage(FootageKind.LIVE, TIME)),
    ],
)
def test_other_reads_tell_their_interval_or_why_there_is_none(action, parameters, wanted):
    assert asked(action, parameters) == wanted


@pytest.mark.parametrize("action", ["PutMedia", "DescribeStream", "GetDataEndpoint", "ConnectAsMaster", "SomethingNew"])
def test_a_call_that_reads_no_video_asks_for_none(action):
    assert asked(action, {"startTimestamp": FROM, "endTimestamp": TO}) is None


def test_every_action_that_shows_media_has_its_state():
    assert [action for action in READS if asked(action, {}) is None] == []


SPELLED = """startSelector StartSelectorType startTimestamp endTimestamp timestampRange clipFragmentSelector nextToken
  hLSFragmentSelector DASHFragmentSelector fragmentSelector fragmentSelectorType FragmentSelectorType fragments
  playbackMode expires imageSelectorType"""
NAMES = st.sampled_from(SPELLED.split())
MODES = "NOW EARLIEST PRODUCER_TIMESTAMP SERVER_TIMESTAMP LIVE LIVE_REPLAY ON_DEMAND"
ODD_TIMES = ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "Feb 30, 2026 1:00:00 AM", "\ud800")
WORDS = st.sampled_from([*MODES.split(), FROM, TO, *ODD_TIMES])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES | st.text(max_size=5), inner, max_size=5),
    max_leaves=12,
)


@settings(max_examples=1500, deadline=None)
@given(st.sampled_from(READS), st.dictionaries(NAMES, VALUES, max_size=6) | VALUES)
def test_whatever_json_the_parameters_are_a_read_has_a_state_and_never_an_exception(action, parameters):
    raw = json.dumps(kvs_record(eventName=action, requestParameters=parameters)).encode()
    found = event(decoded(raw), raw).footage
    assert found is not None
    assert found.kind in RESOLVED or (found.start, found.end) == (None, None)
    assert found.kind not in RESOLVED or found.start is not None
    assert all(at is None or at.tzinfo is UTC for at in (found.start, found.end))


def test_the_names_of_parameters_are_read_in_any_case():
    spelled = {"CLIPFRAGMENTSELECTOR": {"TIMESTAMPRANGE": {"STARTTIMESTAMP": FROM, "EndTimestamp": TO}}}
    record = kvs_record(eventName="GetClip", requestParameters=spelled)
    assert event(decoded(compact(record)), b"").footage == Footage(FootageKind.INTERVAL, ONE, TWO)
