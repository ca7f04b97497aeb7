import html
import re

import pytest
from starlette.testclient import TestClient

from app.web.series import ABOVE, ACTIONS_OF, BELOW


def legend(page: str, label: str) -> str:
    found = re.search(rf'<a[^>]*href="([^"]*)"[^>]*><span[^>]*></span>{label}<', page)
    assert found, label
    return html.unescape(found[1])


@pytest.mark.usefixtures("stored")
def test_a_click_in_the_legend_shows_a_series_alone_and_another_click_all(client: TestClient) -> None:
    alone = client.get(legend(client.get("/events").text, "PutMedia")).text
    assert "60 calls, newest first" in alone
    assert "120 calls, newest first" in client.get(legend(alone, "PutMedia")).text


@pytest.mark.usefixtures("stored")
def test_the_chart_says_in_words_what_it_shows(client: TestClient) -> None:
    shown = client.get("/events?action=PutMedia").text
    assert 'aria-label="60 calls in bars of 1 h: 0 read media, 60 did not"' in shown


@pytest.mark.usefixtures("stored")
def test_each_series_stands_in_the_legend_once(client: TestClient) -> None:
    page = client.get("/events").text
    assert all(legend(page, series.label) for series in (*ABOVE, *BELOW))
    assert len(ACTIONS_OF) == len(ABOVE) + len(BELOW)
