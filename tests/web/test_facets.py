import re

import pytest
from starlette.testclient import TestClient

from app.web.facets import FACETS


def fragment(client: TestClient, address: str) -> str:
    headers = {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "div#facets"}
    return client.get(address, headers=headers).text


@pytest.mark.usefixtures("stored")
def test_the_facets_are_a_fragment_of_their_own(client: TestClient) -> None:
    page = client.get("/events").text
    assert 'hx-get="/events"' in page
    part = fragment(client, "/events?action=GetClip")
    assert part.lstrip().startswith('<div id="facets"')
    assert "hx-get" not in part
    assert 'name="action" value="GetClip" checked' in part
    assert 'name="action" value="PutMedia"><label' in part
    assert part.count('<span class="n">60</span>') >= 2


@pytest.mark.usefixtures("stored")
def test_a_checked_value_that_is_not_shown_stays_checked(client: TestClient) -> None:
    part = fragment(client, "/events?action=NoSuchCall")
    assert '<input type="hidden" name="action" value="NoSuchCall">' in part


@pytest.mark.usefixtures("stored")
def test_a_facet_counts_under_the_filter_on_the_other_fields(client: TestClient) -> None:
    part = fragment(client, "/events?action=GetClip&outcome=denied")
    counts = dict(re.findall(r'name="action" value="(\w+)"[^>]*>.*?<span class="n">([\d,]+)</span>', part))
    assert counts == {}
    assert '<input type="hidden" name="action" value="GetClip">' in part
    ok = re.findall(r'name="outcome" value="(\w+)"[^>]*>.*?<span class="n">([\d,]+)</span>', part)
    assert ok == [("ok", "60")]


@pytest.mark.usefixtures("stored")
def test_the_panel_has_every_facet_in_its_order(client: TestClient) -> None:
    part = fragment(client, "/events")
    places = [part.index(f'name="{name}"') for name, _, _ in FACETS]
    assert places == sorted(places)
