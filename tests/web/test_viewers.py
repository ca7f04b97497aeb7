from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
from msgspec.structs import replace

from app.core.lineage.behind import BehindKind
from app.core.model.event import ActorKind
from app.core.model.scope import EVERYTHING
from app.core.query.filter import parse, url
from app.core.query.listing import EVENTS
from app.core.viewing.sessions import ViewerSession, viewer_sessions
from app.core.viewing.viewer import Viewer
from app.db.queries.events import event_page
from app.db.queries.stream_pages import StreamRow, stream_row
from app.services.read_viewing import read_viewing
from app.web import viewers
from tests.builders.calls import stream_arn
from tests.builders.events import CLINIC, NOW, event, store
from tests.builders.viewing import ANALYST, call, store_night

CERTIFICATE = "1f" * 32


@pytest.fixture(scope="module")
def any_call():
    return call(0)


@pytest.fixture
def connection(engine):
    with engine.begin() as connection:
        yield connection


def sessions_of(connection, stream: int) -> tuple[StreamRow, tuple[ViewerSession, ...]]:
    row = stream_row(connection, EVERYTHING, stream)
    assert row is not None
    found = read_viewing(connection, EVERYTHING, row, NOW - timedelta(days=7), NOW, onboarded=frozenset({CLINIC}))
    return row, viewer_sessions(found.reads.calls, found.viewers)


def test_the_timeline_of_a_session_has_exactly_its_calls(connection):
    row, sessions = sessions_of(connection, store_night(connection))
    assert len(sessions) == 9
    for session in sessions:
        address = viewers.to_timeline(viewers.exactly(row, session.calls))
        asked = parse(parse_qsl(urlsplit(address).query), EVENTS, NOW)
        listed = event_page(connection, EVERYTHING, asked.filter).rows
        assert asked.problems == ()
        assert url("/events", asked.filter) == address
        assert {one.key for one in listed} == {one.key for one in session.calls}


def test_it_has_those_that_name_the_stream_otherwise_and_none_of_a_stream_of_its_name(connection):
    stream = store_night(connection)
    arn = stream_arn(connection, stream)
    calls = [
        {"stream": "ward-3-night"},
        {"stream": f"{arn}9"},  # deleted, and made again
        {"stream": arn, "region": "us-east-1"},
    ]
    at = NOW - timedelta(hours=1)
    store(connection, [event(900 + n, event_time=at + timedelta(seconds=n), **one) for n, one in enumerate(calls)])
    row, sessions = sessions_of(connection, stream)
    (session,) = (one for one in sessions if one.first.at == at)
    asked = parse(parse_qsl(urlsplit(viewers.to_timeline(viewers.exactly(row, session.calls))).query), EVENTS, NOW)
    listed = event_page(connection, EVERYTHING, asked.filter).rows
    assert {one.key for one in listed} == {one.key for one in session.calls}
    assert len(listed) == 2


@pytest.mark.parametrize(
    ("viewer", "name", "kind"),
    [
        (Viewer(BehindKind.WORKLOAD, ANALYST, "ecs-tasks.amazonaws.com"), "VideoAnalyst",
         "workload of ecs-tasks.amazonaws.com"),
        (Viewer(BehindKind.DEVICE, f"certificate {CERTIFICATE}"), "certificate 1f1f1f1f1f1f…", "device"),
        (Viewer(BehindKind.DEVICE, "device session cam"), "device session cam", "device"),
        (Viewer(None, ANALYST, f"arn:aws:iam::{CLINIC}:role/Bridge"), "Unknown, through Bridge", "not observable"),
        (Viewer(None, ANALYST, "account/512233480096/AROAX"), "Unknown, through account 512233480096",
         "not observable"),
        (Viewer(None, ANALYST), "Unknown", "not observable"),
    ],
)  # fmt: skip
def test_a_viewer_is_named_by_what_is_known_of_it(any_call, viewer, name, kind):
    found = viewers.who(viewer, any_call)
    assert (found.name, found.kind) == (name, kind)


def test_a_person_leads_to_its_calls_and_its_role_to_the_role(any_call):
    found = viewers.who(Viewer(BehindKind.PERSON, "mara@halden.example"), any_call)
    assert (found.href, found.role, found.role_href) == (
        "/events?person=mara@halden.example", "VideoAnalyst", "/principals/7",
    )  # fmt: skip


def test_a_workload_leads_to_its_role_which_is_named_once(any_call):
    found = viewers.who(Viewer(BehindKind.WORKLOAD, ANALYST, "lambda.amazonaws.com"), any_call)
    assert (found.href, found.role) == ("/principals/7", "")


def test_a_device_leads_to_what_its_session_did(any_call):
    found = viewers.who(Viewer(BehindKind.DEVICE, f"certificate {CERTIFICATE}"), any_call)
    assert found.href == f"/events?principal={ANALYST}&session=mara@halden.example"


@pytest.mark.parametrize(
    ("changes", "href"),
    [
        ({"access_key": "ASIA1"}, "/sessions/ASIA1/stop"),
        ({"access_key": "AKIA1"}, "/keys/AKIA1/stop"),
        ({"access_key": None}, "/principals/7/stop"),
        ({"access_key": "no key"}, "/principals/7/stop"),
        ({"access_key": None, "kind": ActorKind.SERVICE}, ""),
    ],
)
def test_what_can_be_stopped_is_the_key_or_else_whose_it_is(changes, href):
    assert viewers.to_stop(replace(call(0), principal_id=7, **changes)) == href


def test_the_default_range_is_left_out_of_an_address():
    assert viewers.to_timeline([("from", "now-7d"), ("action", "GetClip")]) == "/events?action=GetClip"
