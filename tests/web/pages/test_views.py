"""`/views`."""

import re

from starlette.testclient import TestClient

SCRIPT = "<script>alert(1)</script>'\"{{7*7}}"


def save(client: TestClient, name: str, address: str, **headers: str) -> int:
    answer = client.post("/views", data={"name": name, "address": address}, headers=headers, follow_redirects=False)
    return answer.status_code


def test_a_view_is_saved_found_opened_and_dropped(client: TestClient) -> None:
    kept = client.post("/views", data={"name": "denied", "address": "/events?outcome=denied&facets=1"})
    assert str(kept.url).endswith("/events?outcome=denied")
    assert '<a href="/events?outcome=denied" aria-current="true"><bdi>denied</bdi></a>' in kept.text
    assert '<a href="/events?outcome=denied"><bdi>denied</bdi></a>' in client.get("/events").text
    for address in ("/search", "/search?q=deni"):
        assert '<a href="/events?outcome=denied"><bdi>denied</bdi></a>' in client.get(address).text
    assert "Nothing else has this name" in client.get("/search?q=denied").text
    assert "Saved views" not in client.get("/search?q=other").text
    drop = re.search(r'action="(/views/\d+/drop)"', client.get("/search").text)
    assert drop
    assert "denied" not in client.post(drop[1]).text
    assert client.post(drop[1]).status_code == 404


def test_a_hostile_name_stays_text(client: TestClient) -> None:
    assert save(client, SCRIPT, "/events") == 303
    for address in ("/events", "/search"):
        page = client.get(address).text
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)" in page


def test_what_cannot_be_kept_says_why(client: TestClient) -> None:
    answer = client.post("/views", data={"name": "x", "address": "/events?colour=red"})
    assert answer.status_code == 400
    assert "colour=red is not a field of events" in answer.text
    assert save(client, "x", "https://elsewhere.example/events") == 400
    assert save(client, "", "/events") == 400


def test_another_site_saves_and_drops_nothing(client: TestClient) -> None:
    assert save(client, "x", "/events", **{"Sec-Fetch-Site": "cross-site"}) == 403
    assert client.post("/views/1/drop", headers={"Origin": "http://elsewhere.example"}).status_code == 403
    assert "Saved views" not in client.get("/search").text
