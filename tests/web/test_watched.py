"""The viewer sessions of `/streams/{id}`."""

import re
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from app.core.model.event import Event
from app.core.model.footage import Footage, FootageKind
from app.web import watched
from tests.builders.accounts import make_account
from tests.builders.calls import make_stream, stream_arn
from tests.builders.events import EVENT, event, store
from tests.builders.viewing import store_night


@pytest.fixture
def section(client: TestClient, engine: Engine) -> str:
    with engine.begin() as connection:
        stream = store_night(connection)
    return part(client.get(f"/streams/{stream}").text)


def part(page: str) -> str:
    return unescape(page.partition("Viewer sessions")[2].partition("</section>")[0])


def rows(section: str) -> list[str]:
    tags = re.compile(r"<[^>]+>")
    return [" ".join(tags.sub(" ", row).split()) for row in section.split("<tr>")[2:]]


def row_of(section: str, *words: str) -> str:
    (found,) = [row for row in rows(section) if all(word in row for word in words)]
    return found


def test_a_night_of_fragment_lists_is_one_row_with_what_was_listed(section: str) -> None:
    row = row_of(section, "203.0.113.190", "32 fragment lists, 1 listing of fragments")
    assert "mara@halden.example VideoAnalyst · person · lineage" in row
    assert "fragments by number, of which time is not known" in row
    assert "of 1 h" in row
    assert "2 temporary keys 33" in row


def test_how_long_a_session_lasted_does_not_break_before_its_unit(section: str) -> None:
    assert re.search(r"to \d\d:\d\dZ, \d+\N{NO-BREAK SPACE}(h|min)", section)


def test_a_url_is_issued_to_somebody_who_is_never_said_to_have_watched(section: str) -> None:
    row = row_of(section, "jonas@halden.example")
    assert "URL issued to jonas@halden.example" in row
    assert "who opened it is not logged" in row
    assert "up to 12 h" in row
    assert "watched" not in section


def test_what_was_refused_or_failed_was_tried(section: str) -> None:
    assert "Tried: mara@halden.example" in row_of(section, "AWS refused")
    assert "nothing given" in row_of(section, "failed: ClientLimitExceededException")


def test_somebody_stands_behind_a_session_whose_beginning_nobody_saw(section: str) -> None:
    assert "Unknown ArchiveReader · not observable · lineage" in row_of(section, "ArchiveReader", "198.51.100.204")


def test_each_session_leads_to_its_calls_and_to_the_drawer_of_its_first(section: str, client: TestClient) -> None:
    links = re.findall(r'href="(/events\?[^"]+)"', section)
    assert sum("/events?event=" in link for link in links) == len(rows(section)) + 1
    assert all(client.get(link).status_code == 200 for link in links[:6])


def test_the_video_of_a_session_leads_to_all_who_asked_for_it(section: str, client: TestClient) -> None:
    (href,) = set(re.findall(r'href="([^"]+)">all who asked for it</a>', section))
    assert "&footage=2026-11-" in href
    page = client.get(href).text
    assert "1 call, newest first" in page
    assert "ListFragments" in page


def test_each_session_leads_to_the_page_of_its_key_and_of_its_address(section: str) -> None:
    assert 'href="/sessions/ASIAMARA" title="named by the record itself">lineage</a>' in section
    assert '<a href="/addresses/198.51.100.7">' in section


def test_what_is_not_shown_is_said_and_stands_in_the_timeline(
    client: TestClient, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with engine.begin() as connection:
        stream = store_night(connection)
    monkeypatch.setattr(watched, "MOST_SESSIONS", 2)
    section = part(client.get(f"/streams/{stream}").text)
    assert len(rows(section)) == 2
    assert "7 older sessions are not shown." in section
    assert "Older ones: in the timeline" in section


def test_where_no_call_was_seen_it_says_what_could_be_seen(client: TestClient, estate: dict[str, int]) -> None:
    section = part(client.get(f"/streams/{estate['old-0']}").text)
    assert "No reading call was seen in 7 d. None of the time could be observed" in section


@pytest.mark.parametrize(
    ("kind", "lives", "said"),
    [
        (FootageKind.LIVE, (300, 300, 300), "up to 15 min"),
        (FootageKind.LIVE, (3600, 3600), "up to 1 h 30 min"),
        (FootageKind.REPLAY, (300,), "up to 24 h"),
        (FootageKind.ONWARD, (300,), "not known"),
        (FootageKind.LIVE, (300, None), "not known"),
    ],
    ids=["one after another", "lives that overlap", "from a day before on", "no end", "unknown life"],
)
def test_urls_are_issued_for_as_much_video_as_all_of_them_can_show(
    client: TestClient, engine: Engine, kind: FootageKind, lives: tuple[int | None, ...], said: str
) -> None:
    with engine.begin() as connection:
        make_account(connection)
        stream = make_stream(connection, "gate-07")
        arn = stream_arn(connection, stream)
        store(connection, [_url(60 * n, kind, life, arn) for n, life in enumerate(lives)])
    assert f'<td class="num opt">{said}</td>' in part(client.get(f"/streams/{stream}").text)


def _url(number: int, kind: FootageKind, life: int | None, stream: str) -> Event:
    at = EVENT.event_time + timedelta(seconds=30 * number)
    start = at - timedelta(days=1) + timedelta(seconds=life or 0) if kind is FootageKind.REPLAY else at
    end = None if life is None or kind is FootageKind.ONWARD else at + timedelta(seconds=life)
    values = {"action": "GetHLSStreamingSessionURL", "url_expires_s": life, "stream": stream}
    return event(number, footage=Footage(kind, start, end), **values)


def test_of_an_hour_one_click_leads_to_who_asked_for_its_video(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        stream = store_night(connection)
    found = part(client.get(f"/streams/{stream}?from=2026-11-21T16:00&to=2026-11-21T17:00&tz=%2B02:00").text)
    (href,) = re.findall(r'<a href="([^"]*)">By the video asked for</a>', found)
    assert "Video of 2026-11-21 14:00Z to 2026-11-21 15:00Z, asked for from" in client.get(href).text


@pytest.mark.parametrize("asked", ["", "?from=2026-11-21T14:00Z&to=2026-11-22T14:01Z"])
def test_the_video_of_more_than_a_day_is_not_offered(client: TestClient, engine: Engine, asked: str) -> None:
    with engine.begin() as connection:
        stream = store_night(connection)
    assert "By the video asked for" not in part(client.get(f"/streams/{stream}{asked}").text)
