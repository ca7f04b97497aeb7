"""`/streams`."""

import re

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from app.web.by_name import LIMIT
from tests.builders.accounts import make_account
from tests.builders.calls import make_calls, make_stream
from tests.builders.estate import LEGACY


def _row(page: str, name: str) -> str:
    return page.partition(f">{name}</bdi></a>")[2].partition("</tr>")[0]


def test_without_any_stream_it_says_where_unread_regions_stand(client: TestClient) -> None:
    page = client.get("/streams").text
    assert "No stream is known yet." in page
    assert "unseen" in page


@pytest.mark.usefixtures("estate")
def test_no_read_where_nothing_was_logged_is_not_observable_and_not_zero(client: TestClient) -> None:
    row = _row(client.get("/streams").text, "old-00-corridor")
    assert f'<a href="/accounts/{LEGACY}"><bdi>legacy-cams</bdi></a> · ' in row
    assert "not observable" in row
    assert "not evaluated" in row
    assert ">0</td>" not in row


@pytest.mark.usefixtures("estate")
def test_reads_and_who_may_are_counted(client: TestClient) -> None:
    page = client.get("/streams").text
    assert '<th scope="col" class="num">Reads, 30 d<span class="sub">whole days</span></th>' in page
    row = _row(page, "gate-00-corridor")
    assert '<td class="num">4</td>' in row
    assert re.search(r'<td class="num"><a href="[^"]+">[1-9]\d*</a></td><td class="num"><time', row)


def test_a_part_of_a_name_or_tag_finds_it(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_stream(connection, "ward-1")
        make_stream(connection, "lobby_1", tags='{"site": "hall"}')
    assert ">lobby_1<" in client.get("/streams?name=HALL").text
    assert ">ward-1<" not in client.get("/streams?name=HALL").text
    assert ">ward-1<" not in client.get("/streams?name=y_1").text


def test_an_underscore_is_no_wildcard(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_stream(connection, "ward-1", tags=None)
    assert "has &#39;d_1&#39; in its name" in client.get("/streams?name=d_1").text


def test_pages_follow_each_other_without_losing_one(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        for n in range(LIMIT + 5):
            make_stream(connection, f"cam-{n:03d}")
    first = client.get("/streams").text
    assert f">cam-{LIMIT - 1:03d}<" in first
    following = re.search(r'href="([^"]+)" rel="next"', first)
    assert following
    second = client.get(following[1].replace("&amp;", "&")).text
    names = re.findall(r">(cam-\d+)</bdi>", second)
    assert names == [f"cam-{n:03d}" for n in range(LIMIT, LIMIT + 5)]


def test_a_cursor_that_is_none_begins_at_the_beginning(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_stream(connection, "ward-1")
    for cursor in ("x", "99999999999:a", "1", "%00:", "-1:a"):
        assert ">ward-1<" in client.get(f"/streams?after={cursor}").text


def test_a_stream_that_is_gone_is_not_listed(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_stream(connection, "ward-1", removed_at="2026-11-01T00:00:00Z")
    assert ">ward-1<" not in client.get("/streams").text


def test_a_hostile_name_stays_text(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        stream = make_stream(connection, "<img src=x>")
        make_calls(connection, "GetMedia", 1, stream_id=stream)
    assert "<img" not in client.get("/streams").text
