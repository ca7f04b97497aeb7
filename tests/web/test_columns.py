import re

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from app.core.query.listing import EVENTS
from app.web.columns import LABELS, USUAL
from tests.builders.events import event, store

SCRIPT = "<script>alert(1)</script>\u202e"


def test_each_column_of_a_file_has_its_heading():
    assert set(LABELS) == set(EVENTS.columns)
    assert set(LABELS) >= USUAL


@pytest.mark.usefixtures("stored")
def test_the_boxes_of_the_form_are_the_columns_of_the_list_and_of_its_files(client: TestClient) -> None:
    page = client.get("/events?cols=time&cols=action&cols=key&cols=integrity&action=GetClip").text
    assert re.findall(r'<th scope="col">([^<]*)</th>', page) == ["Time", "Call", "Key", "Integrity"]
    assert 'href="/events.csv?action=GetClip&amp;cols=time,action,key,integrity"' in page
    assert "unverified" in page
    assert 'name="cols" value="key" checked' in page
    assert 'name="cols" value="person" checked' not in page
    assert '<a href="/events?action=GetClip">The usual ones</a>' in page


@pytest.mark.usefixtures("stored")
def test_without_a_choice_the_usual_columns_are_ticked(client: TestClient) -> None:
    page = client.get("/events").text
    assert set(re.findall(r'name="cols" value="(\w+)" checked', page)) == USUAL
    assert "The usual ones" not in page


@pytest.mark.usefixtures("stored")
def test_the_call_opens_the_drawer_and_where_it_is_not_shown_the_first_column_does(client: TestClient) -> None:
    by_call = client.get("/events?cols=region,action").text
    menu = r'popovertarget="v\d+" aria-label="Filter by {0}"><span class="sw k-\w+"></span></button>'
    call = r'<a href="/events\?cols=region,{1}&amp;event=[^"]*"><bdi>{0}'
    assert re.search((menu + call).format("PutMedia", "action"), by_call)
    by_first = client.get("/events?cols=region,key").text
    assert re.search((menu + call).format("eu-central-1", "key"), by_first)


def test_every_column_of_a_hostile_call_is_text(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        store(connection, [event(action=SCRIPT, user_agent=SCRIPT, address=SCRIPT, access_key=SCRIPT, stream=SCRIPT)])
    page = client.get(f"/events?cols={','.join(EVENTS.columns)}")
    assert page.status_code == 200
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;" in page.text
