"""Which requests another site may have made a browser send."""

import pytest

from app.web.csrf import is_allowed

HOST = {"host": "kvswatch.example:8000"}


@pytest.mark.parametrize(
    ("method", "headers", "allowed"),
    [
        pytest.param("GET", {"sec-fetch-site": "cross-site"}, True, id="reading is safe"),
        pytest.param("POST", {"sec-fetch-site": "same-origin"}, True, id="our own form"),
        pytest.param("POST", {"sec-fetch-site": "none"}, True, id="typed by the user"),
        pytest.param("POST", {"sec-fetch-site": "cross-site"}, False, id="another site"),
        pytest.param("POST", {"sec-fetch-site": "same-site"}, False, id="a neighbour under our domain"),
        pytest.param("DELETE", {"sec-fetch-site": "cross-site"}, False, id="another method"),
        pytest.param("POST", {"origin": "http://kvswatch.example:8000"}, True, id="plain http, our origin"),
        pytest.param("POST", {"origin": "http://kvswatch.example:9000"}, False, id="another port"),
        pytest.param("POST", {"origin": "http://kvswatch.example"}, False, id="no port"),
        pytest.param("POST", {"origin": "null"}, False, id="a sandboxed frame"),
        pytest.param("POST", {"origin": "https://evil.example"}, False, id="another host"),
        pytest.param(
            "POST",
            {"sec-fetch-site": "cross-site", "origin": "http://kvswatch.example:8000"},
            False,
            id="the browser's word goes before Origin",
        ),
        pytest.param("POST", {}, True, id="a program without a session"),
        pytest.param("POST", {"cookie": "a=1; __Host-sid=x"}, False, id="no headers, but a session"),
    ],
)
def test_a_change_must_come_from_our_own_pages(method: str, headers: dict[str, str], *, allowed: bool) -> None:
    assert is_allowed(method, HOST | headers, frozenset({"__Host-sid"})) is allowed
