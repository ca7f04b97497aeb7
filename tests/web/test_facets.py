import html
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from app.web import facets
from app.web.facets import FACETS
from tests.builders.accounts import make_account
from tests.builders.events import EVENT, event, store


def fragment(client: TestClient, field: str, question: str = "") -> str:
    headers = {
        "HX-Request": "true",
        "HX-Request-Type": "partial",
        "HX-Target": f"details#facet-{field.partition('.')[0]}",
    }
    return client.get(f"/events?{question}&facets={field}", headers=headers).text


def counts(part: str, field: str) -> dict[str, str]:
    return dict(re.findall(rf'name="{field}" value="(\w+)"[^>]*>.*?<span class="n">([\d,]+)</span>', part))


@pytest.mark.usefixtures("stored")
def test_each_facet_is_a_fragment_of_its_own(client: TestClient) -> None:
    page = client.get("/events?action=GetClip").text
    asked = [html.unescape(address) for address in re.findall(r'id="facet-\w+"[^>]* hx-get="([^"]*)"', page)]
    assert asked == [f"/events?action=GetClip&facets={field}" for field, _, _ in FACETS]
    part = fragment(client, "action", "action=GetClip")
    assert part.lstrip().startswith('<details class="facet" id="facet-action" open>')
    assert "hx-get" not in part
    assert part.count("<details") == 1
    assert 'name="action" value="GetClip" checked' in part
    assert counts(part, "action") == {"GetClip": "60", "PutMedia": "60"}


@pytest.mark.usefixtures("stored")
def test_what_is_closed_is_asked_for_when_it_is_opened(client: TestClient) -> None:
    page = client.get("/events").text
    for field, _, is_open in FACETS:
        head = re.search(rf'<details class="facet" id="facet-{field}"[^>]*>', page)
        assert head
        assert ('hx-trigger="load"' in head[0]) == (" open" in head[0]) == is_open
        assert ('hx-trigger="toggle once"' in head[0]) != is_open


@pytest.mark.usefixtures("stored")
def test_a_checked_value_that_is_not_shown_stays_checked(client: TestClient) -> None:
    kept = '<input type="hidden" name="action" value="NoSuchCall">'
    assert kept in fragment(client, "action", "action=NoSuchCall")
    assert kept in client.get("/events?action=NoSuchCall").text


@pytest.mark.usefixtures("stored")
def test_a_facet_counts_under_the_filter_on_the_other_fields(client: TestClient) -> None:
    asked = "action=GetClip&outcome=denied"
    found = fragment(client, "action", asked)
    assert counts(found, "action") == {}
    # "none" is the value of calls that have none.
    assert '<li class="muted nw">none seen</li>' in found
    assert counts(fragment(client, "outcome", asked), "outcome") == {"ok": "60"}


@pytest.mark.usefixtures("stored")
def test_without_javascript_one_link_counts_all_and_another_one_alone(client: TestClient) -> None:
    page = client.get("/events?facets=1").text
    places = [page.index(f'id="f-{name}-0"') for name, _, _ in FACETS]
    assert places == sorted(places)
    alone = client.get("/events?facets=account").text
    assert counts(alone, "account") == {"590817264433": "120"}
    assert '<details class="facet" id="facet-account" open>' in alone
    assert counts(alone, "action") == {}


@pytest.mark.usefixtures("stored")
def test_a_facet_that_there_is_not_is_said_to_be_none(client: TestClient) -> None:
    assert "facets=colour</bdi></b> <i></i> <bdi>is not one of action" in client.get("/events?facets=colour").text


def test_the_values_behind_the_largest_are_shown_when_asked_for(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        store(connection, [event(n, address=f"198.51.100.{n}") for n in range(facets.FEW + 4)])
    few = fragment(client, "address")
    (href,) = re.findall(r'<a class="more" href="([^"]+)" hx-get="\1" hx-target="#facet-address"[^>]*>4 more</a>', few)
    assert few.count('type="checkbox"') == facets.FEW
    headers = {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "details#facet-address"}
    href = html.unescape(href)
    for many in (client.get(href, headers=headers).text, client.get(href).text):
        assert many.count('type="checkbox" id="f-address-') == facets.FEW + 4
        assert 'class="more"' not in many


def test_a_principal_has_its_name_of_every_page_and_under_the_pointer_all_of_it(
    client: TestClient, engine: Engine
) -> None:
    role = "arn:aws:iam::590817264433:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Analyst_5f1c29d0b7e3a846"
    with engine.begin() as connection:
        make_account(connection)
        store(connection, [event(1, actor=replace(EVENT.actor, principal=role))])
    part = fragment(client, "principal")
    assert f'title="{role}"><span class="cut"><bdi>Analyst</bdi></span>' in part


def test_of_more_values_than_are_shown_at_all_it_says_how_many(
    client: TestClient, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(facets, "MANY", 12)
    with engine.begin() as connection:
        make_account(connection)
        store(connection, [event(n, address=f"198.51.100.{n}") for n in range(14)])
    assert "2 more, by a narrower filter" in fragment(client, "address.more")


@pytest.fixture
def locked(stored: Engine) -> Iterator[None]:
    """Nobody can read what counts the addresses."""
    with stored.begin() as connection:
        connection.execute(text("lock table roll_dim in access exclusive mode"))
        yield


@pytest.mark.usefixtures("locked")
def test_what_takes_too_long_says_so_and_the_rest_of_the_page_stands(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(facets, "TIMEOUT_S", 0.05)
    assert "Too slow to count: more than 0.05 s" in fragment(client, "address", "from=2026-11-16&to=2026-11-23")
    page = client.get("/events?facets=address&from=2026-11-16&to=2026-11-23")
    assert page.status_code == 200
    assert "Too slow to count" in page.text
    assert "60 read media" in client.get("/events?facets=address").text
