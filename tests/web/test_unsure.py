"""Calls by the video that they asked for, and those of which nobody can tell."""

import html
import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from app.core.model.footage import Footage, FootageKind
from app.web import unsure
from tests.builders.accounts import make_account
from tests.builders.events import event, store

SATURDAY = datetime(2026, 11, 7, 14, tzinfo=UTC)
HOUR = timedelta(hours=1)
ASKED = "/events?footage=2026-11-07T14:00Z..2026-11-07T15:00Z"
TIMES = [f"03:{minute:02d}:{second:02d}" for minute, second in ((12, 44), (13, 14), (13, 44), (14, 14))]


@pytest.fixture
def asked(engine: Engine) -> None:
    """Two calls that asked for video of a Saturday, one of them long ago, one for other video, two that do not tell."""
    clip = {"action": "GetClip", "footage": Footage(FootageKind.INTERVAL, SATURDAY - HOUR, SATURDAY + HOUR)}
    other = {"action": "GetClip", "footage": Footage(FootageKind.INTERVAL, SATURDAY - HOUR, SATURDAY)}
    by_number = {"action": "GetMediaForFragmentList", "footage": Footage(FootageKind.FRAGMENT_NUMBER)}
    with engine.begin() as connection:
        make_account(connection)
        store(
            connection,
            [
                event(0, **clip, address="10.0.0.1"),
                event(1, **clip, event_time=SATURDAY + 2 * HOUR),
                event(2, **other),
                *(event(n, **by_number) for n in (3, 4)),
                event(5, action="PutMedia"),
            ],
        )


def text(page: str) -> str:
    return " ".join(html.unescape(re.sub("<[^>]+>", " ", page)).split())


def link(page: str, label: str) -> str:
    found = re.search(rf'href="([^"]*)"[^>]*>{label}<', page)
    assert found, label
    return html.unescape(found[1])


@pytest.mark.usefixtures("asked")
def test_calls_are_found_by_the_video_that_they_asked_for_whenever_that_was(client: TestClient) -> None:
    page = client.get(ASKED).text
    assert "2 calls, newest first" in page
    assert "2 calls in bars of" in page
    assert "Footage asked for is 2026-11-07T14:00Z..2026-11-07T15:00Z" in text(page)
    assert 'href="/events?from=2026-11-07T02:00Z" aria-label="Drop Footage asked for"' in page
    assert 'name="footage" value="2026-11-07T14:00Z..2026-11-07T15:00Z"' in page
    assert "11-07 02:00 to 11-23 09:41" in text(page)


@pytest.mark.usefixtures("asked")
def test_those_whose_records_do_not_tell_are_counted_and_shown_on_demand(client: TestClient) -> None:
    page = client.get(ASKED).text
    assert "2 other reading calls of this range may have asked for that video: their records do not tell." in page
    maybe = client.get(link(page, "Show them")).text
    assert "2 calls, newest first" in maybe
    assert "GetMediaForFragmentList" in maybe
    assert "may have asked for that video" not in maybe


@pytest.mark.usefixtures("asked")
def test_many_are_counted_to_a_bound(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unsure, "MOST", 2)
    assert "2 or more other reading calls of this range" in client.get(ASKED).text


@pytest.mark.usefixtures("asked")
def test_what_takes_too_long_to_count_is_not_taken_for_none(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(connection, *_):
        connection.exec_driver_sql("select pg_sleep(1)")

    monkeypatch.setattr(unsure, "TIMEOUT_S", 0.001)
    monkeypatch.setattr(unsure.rollups, "counted_up_to", slow)
    page = client.get(f"{ASKED}&own=no&own=yes").text
    assert "More reading calls of this range may have asked for that video" in page
    assert "they take too long to count" in page
    assert "2 calls, newest first" in page


@pytest.mark.usefixtures("asked")
def test_files_hold_what_the_list_holds_and_refuse_what_is_no_interval(client: TestClient) -> None:
    page = client.get(f"{ASKED}&address=10.0.0.1").text
    assert len(client.get(link(page, "JSONL")).text.splitlines()) == 1 + 1
    refused = client.get("/events.csv?footage=saturday")
    assert refused.status_code == 400
    assert "footage=saturday is not used: write an interval" in refused.text


@pytest.mark.usefixtures("asked")
def test_what_is_no_interval_is_a_red_chip(client: TestClient) -> None:
    page = text(client.get("/events?footage=saturday").text)
    assert "footage=saturday is not used: write an interval" in page


@pytest.mark.usefixtures("asked")
def test_the_column_of_footage_opens_the_menu_of_how_much_is_told(client: TestClient) -> None:
    page = client.get(f"{ASKED}&cols=time,address,footage").text
    assert re.search(r'<td class="nw"><button[^>]*><bdi>interval</bdi></button></td>', page)
    assert "footage_kind=interval" in page
    assert "footage=interval" not in page
