from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from app.core.query.cursor import EventKey, encoded
from app.core.retention import Dropped
from app.db.queries.retention import mark_dropped
from tests.builders.accounts import NOW
from tests.builders.events import CLINIC, EVENT


def test_it_says_that_nothing_was_collected_yet(client: TestClient) -> None:
    answer = client.get("/events")
    assert answer.status_code == 200
    assert "No call has been collected yet" in answer.text


@pytest.mark.usefixtures("stored")
def test_it_names_the_filter_to_drop_when_nothing_matches(client: TestClient) -> None:
    answer = client.get("/events?action=GetClip&outcome=denied").text
    assert "No call matches" in answer
    assert "Without the filter on Outcome there are calls." in answer
    assert "Drop Outcome denied" in answer


@pytest.mark.usefixtures("stored")
def test_nothing_in_an_unobservable_range_is_not_called_nothing(client: TestClient) -> None:
    answer = client.get("/events?from=2026-10-01&to=2026-10-02").text
    assert "Not observable here" in answer
    assert 'class="state unseen"' in answer


@pytest.mark.usefixtures("stored")
def test_a_list_that_is_empty_because_of_retention_says_so(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        mark_dropped(connection, "event", Dropped(NOW - timedelta(days=2), 400), NOW)
    page = client.get("/events?from=2026-11-01&to=2026-11-10").text
    assert "<h2>Not kept any more</h2>" in page
    assert "No call matches" not in page


@pytest.mark.usefixtures("stored")
def test_behind_the_last_call_the_list_ends(client: TestClient) -> None:
    long_ago = EventKey(NOW - timedelta(days=300), UUID(EVENT.event_id), CLINIC)
    answer = client.get("/events", params={"after": encoded(long_ago)}).text
    assert "There are no calls beyond this place." in answer
    assert "First page" in answer
