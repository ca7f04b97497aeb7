"""The producers of `/streams/{id}`."""

import re
from functools import partial
from html import unescape
from typing import Any

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from app.db.queries.media_calls import MediaCalls, media_calls
from app.services import read_viewing
from tests.builders.accounts import CLINIC
from tests.builders.calls import stream_arn
from tests.builders.estate import DATA, make_bucket_reader, make_inventory, make_trail, stream_of
from tests.builders.viewing import store_cameras


def section_of(client: TestClient, engine: Engine, *, is_logged: bool) -> str:
    with engine.begin() as connection:
        stream = store_cameras(connection)
        if is_logged:
            make_bucket_reader(connection)
            make_trail(connection, CLINIC, (DATA,))
            make_inventory(connection, CLINIC, (stream_of(stream_arn(connection, stream), "gate-07"),))
    page = client.get(f"/streams/{stream}").text
    return unescape(page.partition("<h2>Producers")[2].partition("</section>")[0])


@pytest.fixture
def section(client: TestClient, engine: Engine) -> str:
    return section_of(client, engine, is_logged=True)


def test_a_producer_has_its_runs_and_how_often_it_usually_comes(section: str) -> None:
    assert "cam-a: 48 records in 1 run" in section
    assert "every 1 h" in section


def test_a_producer_leads_to_its_key_and_to_how_it_is_stopped(section: str, client: TestClient) -> None:
    row = section.partition(">cam-a</bdi>")[2].partition("</tr>")[0]
    (lineage,) = re.findall(r'href="([^"]+)" title="[^"]+">lineage<', row)
    (stop,) = re.findall(r'href="([^"]+)">stop<', row)
    assert stop == f"{lineage}/stop"
    assert "What it did, from where" in client.get(lineage).text
    assert client.get(stop).status_code == 200


def test_two_at_once_are_told_with_what_cannot_be_told_of_them(section: str) -> None:
    assert "in the midst of those of cam-a" in section
    assert "when its connection ended is not logged" in section


def test_a_change_of_address_names_both(section: str) -> None:
    assert "from 203.0.113.41 to 198.51.100.7" in section


def test_a_device_of_the_week_before_is_silent_where_it_would_have_been_seen(section: str) -> None:
    assert "cam-c</bdi></a>: <bdi>nothing since 11-16 01:12Z, 7 d of it observed" in section


def test_where_nothing_was_logged_silence_cannot_be_told(client: TestClient, engine: Engine) -> None:
    section = section_of(client, engine, is_logged=False)
    assert "Silent" not in section
    assert "Whether any of them fell silent cannot be told" in section


def test_where_nobody_sent_it_says_what_could_be_seen(client: TestClient, estate: dict[str, int]) -> None:
    page = unescape(client.get(f"/streams/{estate['old-0']}").text)
    assert "No producer was seen. None of the time could be observed." in page


def test_a_silent_device_that_others_hide_is_said_not_to_be_told(
    client: TestClient, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_viewing, "media_calls", partial(_of_media_calls, most=51))
    section = section_of(client, engine, is_logged=True)
    assert "Only the newest 51 records were looked through: who sent before 11-16 01:12Z and not after it" in section
    (href,) = re.findall(r'href="([^"]+)">Older ones', section)
    assert "5 calls, newest first" in client.get(href).text


def _of_media_calls(*asked: Any, most: int) -> MediaCalls:
    return media_calls(*asked[:-1], most)
