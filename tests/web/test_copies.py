import html
import re
import shlex

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from tests.builders.events import event, store

HOSTILE = "x'; drop table event; --<script>alert(1)</script>`$(id)`\u202e"


def copied(page: str, ident: str) -> str:
    """Return what the script copies: the lines of the text."""
    found = re.search(rf'id="copy-{ident}".*?<pre[^>]*>(.*?)</pre>', page, re.DOTALL)
    assert found
    return html.unescape("\n".join(re.findall(r"<span>(.*?)</span>", found[1])))


@pytest.mark.usefixtures("stored")
def test_links_lead_to_the_same_list(client: TestClient) -> None:
    page = client.get("/events?action=GetClip&facets=1&limit=25").text
    assert copied(page, "link") == "http://127.0.0.1/events?action=GetClip&limit=25"
    pinned = copied(page, "pinned")
    assert pinned == "http://127.0.0.1/events?action=GetClip&from=2026-11-16T09:41Z&to=2026-11-23T09:41Z&limit=25"
    assert "60 calls, newest first" in client.get(pinned).text


@pytest.mark.usefixtures("stored")
def test_the_command_fetches_the_file_of_the_list(client: TestClient) -> None:
    command = shlex.split(copied(client.get("/events?action=GetClip").text, "curl"))
    assert command[:-1] == ["curl", "--fail", "--output", "kvs-events.csv"]
    assert len(client.get(command[-1]).text.splitlines()) == 61


def test_hostile_values_of_the_filter_are_neither_markup_nor_command(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        store(connection, [event()])
    page = client.get("/events", params={"session": HOSTILE}).text
    assert "<script>alert" not in page
    assert len(shlex.split(copied(page, "curl"))) == 5
    assert "x''; drop table event; --" in copied(page, "sql")
    assert "\\+00202e" in copied(page, "athena")


LISTS = (
    "/findings",
    "/matrix?show=media",
    "/streams?name=ward",
    "/principals?kind=role",
    "/coverage?show=holes",
    "/accounts",
)


@pytest.mark.parametrize("asked", LISTS)
def test_every_list_can_be_taken_along(client: TestClient, engine: Engine, asked: str) -> None:
    with engine.begin() as connection:
        store(connection, [event()])
    page, path = client.get(asked).text, asked.partition("?")[0]
    assert copied(page, "link") == f"http://127.0.0.1{asked}"
    assert client.get(copied(page, "pinned")).status_code == 200
    command = shlex.split(copied(page, "curl"))
    assert command[-2] == f"kvs-{path[1:]}.csv"
    file = client.get(command[-1])
    assert (file.status_code, file.headers["content-type"]) == (200, "text/csv; charset=utf-8")
