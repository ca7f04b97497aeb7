import html
import re

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from app.web import stacked
from tests.builders.events import event, store

SCRIPT = "<script>alert(1)</script>\u202e"


def legend(page: str) -> list[str]:
    part = page.partition("<figcaption>")[2].partition("<b>By</b>")[0]
    return re.findall(r'<span class="sw k-(\w+)"></span><bdi>([^<]*)</bdi>', part)


@pytest.mark.usefixtures("stored")
def test_each_value_has_a_warm_colour_above_the_line_and_a_cool_one_below(client: TestClient) -> None:
    page = client.get("/events?stack=outcome").text
    assert legend(page) == [("live", "ok"), ("put", "ok")]
    assert 'aria-label="120 calls in bars of 1 h: 60 read media, 60 did not"' in page
    assert "120 calls, newest first" in page
    assert '<path class="k-live"' in page
    assert '<path class="k-put"' in page
    assert '<path class="k-arch"' not in page
    assert '<a href="/events?stack=outcome" aria-current="true">Outcome</a>' in page


def test_a_click_in_the_legend_filters_by_the_value(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        store(connection, [event(n, address=f"10.0.0.{min(n, 9) // 2}") for n in range(12)])
    page = client.get("/events?stack=address").text
    assert [label for _, label in legend(page)][:4] == ["10.0.0.4", "10.0.0.0", "10.0.0.1", "others"]
    found = re.search(r'href="([^"]*)"><span class="sw k-live"></span><bdi>10\.0\.0\.4', page)
    assert found
    alone = client.get(html.unescape(found[1])).text
    assert "4 calls, newest first" in alone
    assert re.search(r'aria-current="true"><span class="sw k-live"></span><bdi>10\.0\.0\.4', alone)


@pytest.mark.usefixtures("stored")
def test_what_takes_too_long_is_shown_by_call_and_said(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stacked, "TIMEOUT_S", 0.001)
    monkeypatch.setattr(stacked.stacks, "VALUES", {"address": "cast(pg_sleep(1) as text)"})
    page = client.get("/events?stack=address").text
    assert "stack=address</bdi></b> <i></i> <bdi>takes too long to count here" in page
    assert 'aria-label="120 calls in bars of 1 h: 60 read media, 60 did not"' in page
    assert '<path class="k-arch"' in page


@pytest.mark.usefixtures("stored")
def test_a_field_that_it_cannot_be_stacked_by_is_said_to_be_none(client: TestClient) -> None:
    assert "is not one of action, outcome, principal" in client.get("/events?stack=colour").text


def test_hostile_values_stay_text_in_the_legend(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        store(connection, [event(address=SCRIPT)])
    page = client.get("/events?stack=address").text
    assert "<script>alert" not in page
    assert ("live", "&lt;script&gt;alert(1)&lt;/script&gt;\u202e") not in legend(page)[1:]
