import html
import re

import pytest
from starlette.testclient import TestClient

from app.web.series import ABOVE, ACTIONS_OF, BELOW


def legend(page: str, label: str) -> str:
    found = re.search(rf'<a[^>]*href="([^"]*)"[^>]*><span[^>]*></span><bdi>{label}<', page)
    assert found, label
    return html.unescape(found[1])


@pytest.mark.usefixtures("stored")
def test_a_click_in_the_legend_shows_a_series_alone_and_another_click_all(client: TestClient) -> None:
    alone = client.get(legend(client.get("/events").text, "PutMedia")).text
    assert "60 calls, newest first" in alone
    assert "120 calls, newest first" in client.get(legend(alone, "PutMedia")).text


@pytest.mark.usefixtures("stored")
def test_another_series_is_added_to_the_one_that_is_shown(client: TestClient) -> None:
    alone = client.get(legend(client.get("/events").text, "PutMedia")).text
    assert alone.count('aria-current="true"><span class="sw') == 1
    both = client.get(legend(alone, "Archive, clips")).text
    assert "120 calls, newest first" in both
    assert both.count('aria-current="true"><span class="sw') == 2
    assert "60 calls, newest first" in client.get(legend(both, "PutMedia")).text


def steps(page: str) -> dict[str, str]:
    part = page.partition("1 bar =")[2].partition("</figcaption>")[0]
    return {label: html.unescape(address) for address, label in re.findall(r'<a href="([^"]*)">([^<]*)</a>', part)}


def test_links_do_what_the_brush_does(client: TestClient) -> None:
    found = steps(client.get("/events?from=2026-11-20&to=2026-11-22&action=GetClip").text)
    assert found == {
        "Earlier": "/events?action=GetClip&from=2026-11-18T00:00Z&to=2026-11-20T00:00Z",
        "Zoom in": "/events?action=GetClip&from=2026-11-20T12:00Z&to=2026-11-21T12:00Z",
        "Zoom out": "/events?action=GetClip&from=2026-11-19T00:00Z&to=2026-11-23T00:00Z",
        "Later": "/events?action=GetClip&from=2026-11-22T00:00Z&to=2026-11-24T00:00Z",
    }


def test_a_range_that_ends_now_goes_no_further(client: TestClient) -> None:
    found = steps(client.get("/events").text)
    assert set(found) == {"Earlier", "Zoom in", "Zoom out"}
    assert found["Zoom out"] == "/events?from=2026-11-09T09:41Z&to=2026-11-23T09:41Z"


@pytest.mark.usefixtures("stored")
def test_the_chart_says_in_words_what_it_shows(client: TestClient) -> None:
    shown = client.get("/events?action=PutMedia").text
    assert 'aria-label="60 calls in bars of 1 h: 0 read media, 60 did not"' in shown


@pytest.mark.usefixtures("stored")
def test_each_series_stands_in_the_legend_once(client: TestClient) -> None:
    page = client.get("/events").text
    assert all(legend(page, series.label) for series in (*ABOVE, *BELOW))
    assert len(ACTIONS_OF) == len(ABOVE) + len(BELOW)
