"""The drawer leads to the newer and the older call of the list that it was opened from."""

import html
import re
from uuid import UUID

import pytest
from starlette.testclient import TestClient

from app.core.query.cursor import EventKey, reference
from app.web import event_beside
from tests.builders.events import event

pytestmark = pytest.mark.usefixtures("stored")


def opened(client: TestClient, number: int, query: str = "") -> dict[str, str]:
    """Return the links of the drawer of the n-th of 120 calls, by what they say."""
    one = event(number)
    key = reference(EventKey(one.event_time, UUID(one.event_id), one.account))
    return links(client, f"/events?{query}&event={key}")


def links(client: TestClient, address: str) -> dict[str, str]:
    page = client.get(address).text
    assert '<aside class="drawer" id="event"' in page
    header = page.partition('<aside class="drawer" id="event"')[2].partition("</header>")[0]
    return {
        text: html.unescape(href) for href, text in re.findall(r'href="([^"]+)" rel="\w+" aria-label="(\w+)"', header)
    }


def shown(client: TestClient, address: str) -> int:
    """Return which of the calls a drawer has, selected in the list beside it."""
    page = client.get(address).text
    assert page.count('aria-selected="true"') == 1
    (ident,) = re.findall(r"<dt>Event ID</dt><dd><button[^>]*><bdi>([^<]+)", page)
    return UUID(ident).int - UUID(event().event_id).int


@pytest.mark.parametrize(
    ("query", "newer", "older"), [("", 101, 99), ("sort=time", 101, 99), ("action=GetClip", 102, 98)]
)
def test_it_leads_to_both_sides_within_the_list(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, query: str, newer: int, older: int
) -> None:
    if "sort" not in query:
        monkeypatch.setattr(event_beside, "beside_event", None)  # a call on the page asks the database for nothing
    found = opened(client, 100, query)
    assert (shown(client, found["Newer"]), shown(client, found["Older"])) == (newer, older)
    assert all(query in href for href in found.values())


def test_behind_the_last_row_it_turns_the_page_and_back(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_beside, "beside_event", None)
    over = opened(client, 70)["Older"]
    assert shown(client, over) == 69
    assert shown(client, links(client, over)["Older"]) == 68
    assert shown(client, links(client, over)["Newer"]) == 70
    assert shown(client, links(client, links(client, over)["Newer"])["Newer"]) == 71


def test_at_the_ends_of_the_list_there_is_one_side_only(client: TestClient) -> None:
    assert set(opened(client, 119)) == {"Older"}
    assert set(opened(client, 0)) == {"Newer"}
    assert set(opened(client, 0, "sort=time")) == {"Newer"}


def test_a_call_that_the_page_does_not_show_leads_into_the_list_around_it(client: TestClient) -> None:
    found = opened(client, 20)
    assert (shown(client, found["Newer"]), shown(client, found["Older"])) == (21, 19)
    left_out = opened(client, 21, "action=GetClip")
    assert (shown(client, left_out["Newer"]), shown(client, left_out["Older"])) == (22, 20)


def test_of_a_call_outside_of_the_range_nothing_is_looked_for(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_beside, "beside_event", None)
    assert opened(client, 20, "from=2026-11-23T09:00Z") == {}


def test_what_takes_too_long_is_said(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    looked_for = event_beside.beside_event

    def paused(connection, *rest):
        connection.exec_driver_sql("select pg_sleep(0.05)")
        return looked_for(connection, *rest)

    monkeypatch.setattr(event_beside, "beside_event", paused)
    monkeypatch.setattr(event_beside, "TIMEOUT_S", 0.001)
    one = event(20)
    key = reference(EventKey(one.event_time, UUID(one.event_id), one.account))
    page = client.get(f"/events?event={key}").text
    assert event_beside.SLOW in page
