"""The holes of the coverage page."""

import html
import json
import re
import shlex
from datetime import timedelta

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine
from starlette.testclient import TestClient

from app.core.model.metric import RequestCount, RequestCounts
from app.core.model.trail import TrailStatus
from app.db.queries.snapshots import store_part
from app.web.kept import Kept
from tests.builders.accounts import CLINIC, NOW
from tests.builders.estate import CAMS, DATA, LEGACY, MANAGEMENT, REGION, RETAIL, make_trail


def _tab(page: str, label: str) -> str:
    code = page.partition(f'aria-label="Advanced event selectors: {label}">')[2].partition("</pre>")[0]
    return html.unescape("\n".join(re.findall(r"<span>([^<]*)</span>", code)))


@pytest.mark.usefixtures("estate")
def test_the_command_keeps_the_selectors_that_the_trail_has(client: TestClient) -> None:
    page = client.get(f"/coverage?account={CAMS}").text
    words = shlex.split(_tab(page, "AWS CLI").replace("\\\n", " "))
    assert words[:3] == ["aws", "cloudtrail", "put-event-selectors"]
    names = [one["Name"] for one in json.loads(words[-1])]
    assert names == ["KVS media", "Management", "KVS signaling"]
    template = json.loads(_tab(page, "CloudFormation"))
    assert template["Resources"]["KvsMedia"]["Properties"]["AdvancedEventSelectors"] == json.loads(
        _tab(page, "Selectors")
    )
    assert [one["Name"] for one in json.loads(_tab(page, "Selectors"))] == ["KVS signaling"]
    assert "put-event-selectors replaces all" in page
    assert "The command has the 2 selectors that it has now beside the new." in page
    assert "The template makes a trail of its own beside it" in page


@pytest.mark.usefixtures("estate")
def test_its_cost_is_told_with_what_it_rests_on(client: TestClient, web_app: FastAPI, engine: Engine) -> None:
    said = "calls, as on 12 like ones whose calls are stored, over 7 days"
    assert said in client.get("/coverage").text
    # It is the same price whichever accounts and time are shown, and wherever the answer is kept from.
    for asked in ("&from=now-1h", "&from=now-90d", ""):
        web_app.state.closings = Kept()
        assert said in client.get(f"/coverage?account={LEGACY}{asked}").text
    day = NOW.date() - timedelta(days=1)
    counts = RequestCounts(day, day + timedelta(days=1), (RequestCount("old-01", "PutMedia", day, 100_000),))
    with engine.begin() as connection:
        store_part(connection, LEGACY, "request_counts", REGION, counts, NOW)
    # What closes holes is kept for half a minute.
    web_app.state.closings = Kept()
    known = html.unescape(client.get(f"/coverage?account={LEGACY}").text)
    assert "Costs about US$3.00 a month: 3,000,000 calls, by CloudWatch's request counts of 1 day to" in known


@pytest.mark.usefixtures("estate")
def test_of_an_organization_s_trail_one_account_s_page_tells_the_price_of_all(
    client: TestClient, engine: Engine
) -> None:
    with engine.begin() as connection:
        make_trail(connection, LEGACY, (MANAGEMENT,), is_of_organization=True)
    pages = [client.get(f"/coverage{asked}").text for asked in ("", f"?account={LEGACY}")]
    told = [set(re.findall(r"(?:Costs|Its cost) [^<]*", page)) for page in pages]
    assert told[1]
    assert told[1] <= told[0]


@pytest.mark.usefixtures("estate")
def test_what_no_selector_closes_has_no_command_and_no_price(client: TestClient) -> None:
    page = client.get(f"/coverage?account={RETAIL}&to=now").text
    hole = page.partition("which kvswatch does not read</bdi>")[2].partition("<summary>")[0]
    assert "A bucket that is not among them has to be named" in hole
    assert "put-event-selectors" not in hole
    assert "US$" not in hole


@pytest.mark.usefixtures("estate")
@pytest.mark.parametrize("to", ["", "&to=2026-11-21T02:00Z", "&to=2026-11-22"], ids=["now", "within", "after"])
def test_of_a_stop_that_is_over_it_says_so_and_starts_nothing(client: TestClient, to: str) -> None:
    page = client.get(f"/coverage?account={CLINIC}&from=2026-11-20{to}").text
    over = "That has been over since 2026-11-21 04:06Z: nothing needs to be started or mended."
    assert f"{over} What was not logged meanwhile is lost." in page
    assert "Start the trail again" not in page


@pytest.mark.usefixtures("estate")
@pytest.mark.parametrize("to", ["", "&to=2026-11-21T02:00Z"], ids=["now", "within"])
def test_a_trail_that_is_stopped_still_is_to_be_started(client: TestClient, engine: Engine, to: str) -> None:
    stopped = TrailStatus(False, NOW - timedelta(days=3), stopped_at=NOW - timedelta(days=3))
    with engine.begin() as connection:
        make_trail(connection, CLINIC, (DATA, MANAGEMENT), stopped)
    page = client.get(f"/coverage?account={CLINIC}&from=2026-11-20{to}").text
    assert "Start the trail again, or mend its delivery" in page
    assert "been over" not in page
