"""A server without sign-in answers to its own names alone."""

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from app.web.hosts import LOOPBACK, OwnNames


def status(host: str, names: frozenset[str] | None = LOOPBACK) -> int:
    inner = Starlette(routes=[Route("/", lambda _request: PlainTextResponse("every account"))])
    return TestClient(OwnNames(inner, names)).get("/", headers={"host": host}).status_code


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8000", "localhost:8000", "LOCALHOST", "[::1]:8000", "[::1]"])
def test_it_answers_to_loopback(host: str) -> None:
    assert status(host) == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", "", "[::2]", "localhost.evil"]
)
def test_it_refuses_every_other_name(host: str) -> None:
    assert status(host) == 421


def test_it_answers_to_any_name_when_told_so() -> None:
    assert status("cameras.example", None) == 200
