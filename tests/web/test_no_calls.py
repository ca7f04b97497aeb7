from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from app.core.query.cursor import EventKey, encoded
from app.core.retention import Dropped
from app.db.queries.retention import mark_dropped
from tests.builders.accounts import NOW
from tests.builders.estate import LEGACY
from tests.builders.events import CLINIC, EVENT, event, store


@pytest.fixture
def polled(engine: Engine, estate: dict[str, int]) -> dict[str, int]:
    """The estate, with a management event of the account whose trail logs no media, and one of another."""
    with engine.begin() as connection:
        store(
            connection, [event(n, account=a, action="TagStream", stream=None) for n, a in enumerate((CLINIC, LEGACY))]
        )
    return estate


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


@pytest.mark.usefixtures("polled")
def test_calls_of_a_class_that_is_logged_nowhere_are_not_observable(client: TestClient) -> None:
    answer = client.get(f"/events?account={LEGACY}&action=GetMedia").text
    assert "<h2>Not observable here</h2>" in answer
    assert "Nobody can say that there were none: no selector of kvs-trail takes these calls." in answer
    narrowed = f"/coverage?account={LEGACY}&amp;from=now-7d"
    assert f'<a class="btn" href="{narrowed}"><bdi>See what is missing</bdi></a>' in answer
    assert answer.count(f'href="{narrowed}"') == 4  # here, in the chart's legend, and twice under the header
    assert "Without the filter on" not in answer


@pytest.mark.usefixtures("polled")
def test_none_is_no_number_where_nobody_could_look(client: TestClient) -> None:
    answer = client.get(f"/events?account={LEGACY}&action=GetMedia").text
    assert 'role="status">none seen<' in answer
    assert "No calls seen in bars of" in answer
    assert "nobody could look" in answer
    assert "0 calls" not in answer


@pytest.mark.usefixtures("polled")
def test_a_stream_is_looked_for_where_it_is(client: TestClient) -> None:
    answer = client.get("/events?stream=old-03-corridor&action=GetMedia").text
    assert "<h2>Not observable here</h2>" in answer


@pytest.mark.usefixtures("polled")
def test_where_all_was_observed_none_is_a_number(client: TestClient) -> None:
    answer = client.get(f"/events?account={LEGACY}&action=DeleteStream").text
    assert "Without the filter on Call there are calls.<" in answer
    assert 'role="status">0 calls, newest first<' in answer


@pytest.mark.usefixtures("polled")
def test_what_was_observed_in_part_is_said_beside_the_filter_to_drop(client: TestClient) -> None:
    answer = client.get(f"/events?account={CLINIC}&action=GetClip").text
    assert "Without the filter on Call there are calls. 96.1 % of the time could be observed." in answer
    assert 'role="status">none seen<' in answer


@pytest.mark.usefixtures("polled")
def test_calls_of_a_region_without_streams_are_not_known_to_be_logged(client: TestClient) -> None:
    answer = client.get("/events?region=us-west-2").text
    assert "Without the filter on Region there are calls. Whether calls are logged is not known." in answer


def test_where_no_stream_is_known_it_leads_to_the_newest_calls(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        store(connection, [event(9, event_time=NOW - timedelta(days=700))])
    answer = client.get("/events").text
    day = (NOW - timedelta(days=700)).date()
    assert f"The newest calls before this time are of {day}." in answer
    link = f"/events?from={day - timedelta(days=30)}&to={day + timedelta(days=1)}"
    assert link.replace("&", "&amp;") in answer
    assert "1 call" in client.get(link).text
