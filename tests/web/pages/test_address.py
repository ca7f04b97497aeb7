"""`/addresses/{address}`."""

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from app.web.identity_links import address_href
from tests.builders.accounts import make_account
from tests.builders.events import EVENT, event, store

SCRIPT = '"><script>alert(1)</script>'


@pytest.fixture
def calls(engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        store(connection, [event(0), event(1, action="PutMedia", vpc_endpoint_id="vpce-1"), event(2, address=SCRIPT)])


@pytest.mark.usefixtures("calls")
def test_it_tells_who_called_from_it_and_whether_they_read(client: TestClient):
    page = client.get(f"/addresses/{EVENT.address}").text
    assert "2 calls on 1 stream, 1 of them read media, the first 11-23 03:12Z, the last 11-23 03:13Z" in page
    assert "by 1 principal." in page
    assert ">ArchiveReader</bdi></a>" in page
    assert "vpce-1" in page
    assert "address kept for documentation" in page


@pytest.mark.usefixtures("calls")
def test_its_network_leads_to_the_calls_of_the_network(client: TestClient):
    assert 'href="/events?address=198.51.100.0%2F24&amp;from=now-30d"' in client.get(f"/addresses/{EVENT.address}").text


@pytest.mark.usefixtures("calls")
def test_text_in_the_place_of_an_address_does_nothing(client: TestClient):
    answer = client.get(address_href(SCRIPT))
    assert answer.status_code == 200
    assert "1 call on 1 stream" in answer.text
    assert "<script>alert" not in answer.text


def test_text_with_a_line_end_has_its_page(client: TestClient):
    assert client.get(address_href("a\r\nb")).status_code == 200


@pytest.mark.usefixtures("calls")
def test_no_call_is_said_with_what_could_be_seen(client: TestClient):
    page = client.get("/addresses/203.0.113.9").text
    assert "No call from it is stored of 30 d. Whether calls are logged is not known." in page


@pytest.mark.parametrize("path", ["/addresses/", "/addresses/a%00b", f"/addresses/{'a' * 1001}"])
def test_what_can_be_no_address_is_not_found(client: TestClient, path: str):
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("asked", ["2001:DB8::1", "2001:0db8:0:0:0:0:0:1", "2001:db8::1"])
def test_an_address_is_found_however_it_is_written(client: TestClient, engine: Engine, asked: str):
    with engine.begin() as connection:
        make_account(connection)
        store(connection, [event(0, address="2001:db8::1")])
    page = client.get(f"/addresses/{asked}").text
    assert "1 call on 1 stream" in page
    assert "/events?account=590817264433&amp;address=2001:db8::1&amp;" in page
