"""HEAD against the running server: what GET says, without the body."""

from threading import BoundedSemaphore

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine
from starlette.testclient import TestClient

from tests.builders.accounts import CLINIC, make_account
from tests.web.test_download import serving

PER_ANSWER = {"content-security-policy", "x-request-id", "date", "content-length"}


@pytest.mark.parametrize(
    "path", ["/", "/events", "/accounts/{}", "/healthz", "/readyz", "/metrics", "/nowhere", "/events?from=never"]
)
def test_it_says_what_get_says(client: TestClient, engine: Engine, path: str) -> None:
    with engine.begin() as connection:
        make_account(connection)
    asked = path.format(CLINIC)
    got, head = client.get(asked), client.head(asked)
    assert head.status_code == got.status_code
    assert got.content
    assert head.content == b""
    assert {k: v for k, v in head.headers.items() if k not in PER_ANSWER} == {
        k: v for k, v in got.headers.items() if k not in PER_ANSWER
    }


def test_it_ends_on_the_wire_and_the_connection_goes_on(web_app: FastAPI, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
    with serving(web_app) as port, httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20) as client:
        assert (client.head("/accounts").status_code, client.head("/accounts").content) == (200, b"")
        assert client.get("/healthz").json() == {"status": "alive"}


@pytest.mark.parametrize("fmt", ["csv", "jsonl"])
def test_a_download_is_announced_and_left_at_once(client: TestClient, web_app: FastAPI, fmt: str) -> None:
    web_app.state.downloads = BoundedSemaphore(1)
    heads = [client.head(f"/events.{fmt}") for _ in range(3)]
    assert [head.status_code for head in heads] == [200, 200, 200]
    head = heads[0]
    assert "content-length" not in head.headers
    assert head.headers["content-disposition"].endswith(f'.{fmt}"')
    assert client.head(f"/events.{fmt}?colour=red").status_code == 400
    assert client.head(f"/streams.{fmt}?account=999999999999").status_code == 400
    web_app.state.downloads = BoundedSemaphore(0)
    assert client.head(f"/events.{fmt}").status_code == client.get(f"/events.{fmt}").status_code == 503


def test_what_only_changes_things_is_not_asked_by_head(client: TestClient) -> None:
    answer = client.head(f"/accounts/{CLINIC}/poll")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
