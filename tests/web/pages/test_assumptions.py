"""`/assumptions`."""

from datetime import UTC, datetime

import pytest
from starlette.testclient import TestClient

from app.core.ledger.catalogue import catalogue
from app.db.queries.ingest import EventStore
from app.web.app import create_app
from app.web.site import Site
from tests.builders.stored import arrival
from tests.builders.trail import assume_role_record, guid, kvs_record

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
DEMO = {"additionalEventData": {"kvswatchDemo": "emulated"}}


@pytest.fixture
def page(client, app_engine):
    def page(*records):
        if records:
            EventStore(app_engine).store([arrival(*records)], now=NOW)
        answer = client.get("/assumptions")
        assert answer.status_code == 200
        return answer.text

    return page


def test_every_assumption_is_there_with_its_source_and_nothing_is_confirmed_by_nothing(page):
    text = page()
    assert all(f'id="{name}"' in text for name in catalogue())
    assert f"0 refuted, {len(catalogue())} not seen yet, 0 confirmed" in text
    assert "inferred from" in text
    assert "No record yet of any of 2 calls: GetMedia and PutMedia" in text


def test_a_record_that_refutes_comes_first_with_its_link(page):
    text = page(kvs_record(1), kvs_record(2, eventName="GetClip", resources=...))
    assert text.index('id="media_calls_name_their_resource"') < text.index('id="device_sessions')
    assert "<b>Refuted for GetClip</b>" in text
    assert "Confirmed for GetMedia" in text
    assert "Not seen yet for ConnectAsMaster, " in text
    reference = f"111122223333.20261101T101500Z.{guid('event 2')}"
    assert f'href="/events?event={reference}&amp;own=no&amp;own=yes"' in text


def test_the_link_leads_to_the_record(page, client):
    page(kvs_record(1))
    answer = client.get(f"/events?event=111122223333.20261101T101500Z.{guid('event 1')}&own=no&own=yes")
    assert 'aria-label="Event"' in answer.text


def test_the_record_of_a_session_is_named_though_no_event_is_kept_of_it(page):
    caller = {"type": "AWSService", "invokedBy": "credentials.iot.amazonaws.com"}
    text = page(assume_role_record(1, userIdentity=caller))
    assert f"record {guid('sts event 1')}" in text


def test_the_demo_says_that_its_records_prove_nothing(read_engine, app_engine):
    EventStore(app_engine).store([arrival(kvs_record(1, **DEMO))], now=NOW)
    site = Site(reader=read_engine, writer=app_engine, demo=True, clock=lambda: NOW)
    with TestClient(create_app(site), base_url="http://127.0.0.1") as client:
        text = client.get("/assumptions").text
    assert "This is the demo: its records are made by kvswatch" in text
    assert "Records of kvswatch&#39;s own demo follow it, of GetMedia: no proof" in text
    assert ", 0 confirmed" in text


def test_it_can_be_taken_along_as_a_file(page, client):
    page(kvs_record(1))
    lines = client.get("/assumptions.csv").text.splitlines()
    assert lines[0].startswith("assumption,call,state,sentence,")
    assert any(line.startswith("media_calls_name_their_resource,GetMedia,confirmed,") for line in lines)


def test_those_that_are_asked_for_are_shown_with_the_way_to_all(client):
    text = client.get("/assumptions?assumption=services_name_themselves&assumption=players_leave_no_record").text
    assert f"2 of {len(catalogue())} assumptions are shown." in text
    assert text.count('<div class="hole"') == 2
    assert '<a href="/assumptions">Show all</a>' in text


def test_a_name_that_is_none_is_said_and_gives_no_file(client):
    text = client.get("/assumptions?assumption=services_name_themselves&assumption=nonsense").text
    assert "assumption=nonsense is not an assumption here" in text
    assert text.count('<div class="hole"') == 1
    assert "assumptions are shown" not in client.get("/assumptions?assumption=nonsense").text
    assert client.get("/assumptions.csv?assumption=nonsense").status_code == 400


def test_the_files_are_of_those_that_are_asked_for(client):
    rows = client.get("/assumptions.csv?assumption=players_leave_no_record").text.splitlines()[1:]
    assert {row.split(",")[0] for row in rows} == {"players_leave_no_record"}
