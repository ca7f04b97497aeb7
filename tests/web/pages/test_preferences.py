"""`/preferences`."""

import pytest
from starlette.testclient import TestClient

from app.web.pages.preferences import local_path


def test_a_theme_is_kept_and_drawn_by_the_server(client: TestClient) -> None:
    answer = client.post("/preferences", data={"theme": "dark", "density": "comfortable", "next": "/accounts"})
    assert answer.url.path == "/accounts"
    assert '<html lang="en" data-theme="dark" data-density="comfortable">' in answer.text


def test_single_keys_can_be_turned_off(client: TestClient) -> None:
    assert 'data-keys="off"' in client.post("/preferences", data={"keys": "off"}).text
    assert "data-keys" not in client.post("/preferences", data={"keys": ""}).text


def test_the_systems_choice_takes_it_back(client: TestClient) -> None:
    client.post("/preferences", data={"theme": "dark"})
    assert "data-theme" not in client.post("/preferences", data={"theme": ""}).text


def test_a_cookie_of_somebody_else_is_not_printed(client: TestClient) -> None:
    client.cookies.set("theme", '"><script>')
    assert "data-theme" not in client.get("/").text


def test_another_site_cannot_set_it(client: TestClient) -> None:
    answer = client.post("/preferences", data={"theme": "dark"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("asked", "path"),
    [
        ("/events?a=1", "/events?a=1"),
        ("//evil.example/x", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/x\r\nSet-Cookie: a=b", "/"),
        ("", "/"),
    ],
)
def test_it_never_leads_elsewhere(asked: str, path: str) -> None:
    assert local_path(asked) == path
