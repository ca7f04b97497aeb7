"""How many calls the list says that there are: exact where that is known in time, else a bound and how to know."""

import html
import re

import pytest
from starlette.testclient import TestClient

from app.web import counted, stacked

pytestmark = pytest.mark.usefixtures("stored")
KNOWN, UNKNOWN = "/events?action=GetClip", "/events?action=GetClip&address=198.51.100.204"
EXACTLY = f"{UNKNOWN}&count=exact"
_PAUSE = "select pg_sleep(0.05)"


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that counts for longer than a page waits."""
    counts = stacked.bars.counts

    def paused(connection, *rest):
        connection.exec_driver_sql(_PAUSE)
        return counts(connection, *rest)

    monkeypatch.setattr(stacked.bars, "counts", paused)
    monkeypatch.setattr(stacked, "COUNT_S", 0.001)


def link(page: str, label: str) -> str:
    found = re.search(rf'href="([^"]*)">{label}</a>', page)
    assert found, label
    return html.unescape(found[1])


def button(page: str) -> str:
    found = re.search(r"CSV(?: <span class=\"n\">([^<]*)</span>)?</a>", page)
    assert found
    return found[1] or ""


@pytest.mark.parametrize("asked", [KNOWN, UNKNOWN], ids=["a rollup knows", "counted from the events"])
def test_what_was_counted_for_the_chart_is_exact(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    monkeypatch.setattr(counted, "MOST", 10)
    page = client.get(asked).text
    assert "60 calls, newest first" in page
    assert button(page) == "60"
    assert "60 calls in bars of 1 h" in page
    assert "Count exactly" not in page


@pytest.mark.usefixtures("slow")
def test_what_a_rollup_knows_is_exact_however_slow_it_is(client: TestClient) -> None:
    page = client.get(KNOWN).text
    assert "60 calls, newest first" in page
    assert "60 calls in bars of 1 h" in page


@pytest.mark.usefixtures("slow")
def test_the_sum_that_a_rollup_knows_is_exact_where_its_bars_are_too_wide(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counted, "MOST", 10)
    page = client.get(f"{KNOWN}&from=now-7h").text
    assert "60 calls, newest first" in page
    assert "The chart is not drawn" in page
    assert "Count exactly" not in page


@pytest.mark.usefixtures("slow")
def test_few_calls_are_counted_without_their_chart(client: TestClient) -> None:
    page = client.get(UNKNOWN).text
    assert "60 calls, newest first" in page
    assert button(page) == "60"
    assert "The chart is not drawn" in page
    assert 'id="histogram"' not in page
    assert "60 calls in bars of 1 h" in client.get(link(page, "count them all")).text


@pytest.mark.usefixtures("slow")
def test_many_calls_have_a_bound_and_are_counted_exactly_on_demand(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counted, "MOST", 60)
    monkeypatch.setattr(counted, "_BOUND", "≥ 60")
    page = client.get(UNKNOWN).text
    assert "≥ 60 calls, newest first" in page
    assert button(page) == "≥ 60"
    exact = client.get(link(page, "Count exactly")).text
    assert "60 calls, newest first" in exact
    assert "≥" not in exact
    assert "60 calls in bars of 1 h" in exact


@pytest.mark.usefixtures("slow")
def test_a_count_that_was_asked_for_and_is_too_slow_is_said_to_be(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stacked, "EXACT_S", 0.001)
    monkeypatch.setattr(counted, "MOST", 10)
    page = client.get(EXACTLY).text
    assert "count=exact</bdi></b> <i></i> <bdi>took longer than 0.001 s and was stopped" in page
    assert "≥ 10,000 calls" in page
    assert "Count exactly" not in page
    assert "count them all" not in page


@pytest.mark.usefixtures("slow")
def test_what_nobody_could_count_is_not_said_to_be_none(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def paused(connection, *_):
        connection.exec_driver_sql(_PAUSE)

    monkeypatch.setattr(counted, "TIMEOUT_S", 0.001)
    monkeypatch.setattr(counted.rollups, "counted_up_to", paused)
    page = client.get(f"{UNKNOWN}&own=no&own=yes").text
    assert "not counted, newest first" in page
    assert button(page) == ""
    assert link(page, "Count exactly").endswith("&count=exact")
    assert page.count("<bdi>GetClip</bdi></a>") == 50


def test_it_is_of_the_page_alone(client: TestClient) -> None:
    page = client.get(EXACTLY).text
    assert "count=" not in link(page.replace(" download", ""), "JSONL")
    answer = client.get(EXACTLY.replace("/events?", "/events.csv?"))
    assert answer.status_code == 400
    assert "count= is of the page alone" in answer.text


def test_another_way_to_count_is_none(client: TestClient) -> None:
    assert "count=roughly</bdi></b> <i></i> <bdi>is not exact" in client.get("/events?count=roughly").text
