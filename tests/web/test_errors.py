"""Errors as pages."""

from datetime import UTC, datetime

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, exc, text
from starlette.testclient import TestClient

from app.db.engine import create_engine
from app.web import errors
from app.web.app import create_app
from app.web.site import Site

NOW = datetime(2026, 11, 23, 9, 41, tzinfo=UTC)


def _client(app: FastAPI) -> TestClient:
    return TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False)


def test_a_page_that_breaks_says_so_with_its_request_id_and_shows_no_inside(web_app: FastAPI) -> None:
    @web_app.get("/broken")
    def broken() -> None:
        raise RuntimeError("secret=hunter2")

    answer = _client(web_app).get("/broken")
    assert answer.status_code == 500
    assert answer.headers["x-request-id"] in answer.text
    assert "hunter2" not in answer.text
    assert answer.headers["content-security-policy"]


def test_a_query_that_took_too_long_is_named_and_a_way_out_given(web_app: FastAPI, read_engine: Engine) -> None:
    @web_app.get("/slow")
    def slow() -> None:
        with read_engine.connect() as connection:
            connection.execute(text("set local statement_timeout = 10"))
            connection.execute(text("select pg_sleep(5)"))

    answer = _client(web_app).get("/slow?action=GetClip&from=now-90d")
    assert answer.status_code == 503
    assert 'href="/slow?action=GetClip&amp;from=now-24h"' in answer.text
    assert "/slow?action=GetClip&amp;from=now-90d" in answer.text
    assert "took longer than 5 s and was stopped" in answer.text
    assert "A shorter time range" in answer.text


def test_a_database_that_is_away_is_said_in_house_style(app_engine: Engine) -> None:
    away = create_engine("postgresql+psycopg://nobody@127.0.0.1:1/none")
    answer = _client(create_app(Site(away, app_engine, demo=False, clock=lambda: NOW))).get("/")
    assert answer.status_code == 503
    assert "The database does not answer" in answer.text
    assert 'class="rail"' in answer.text


@pytest.mark.parametrize("path", ["/events", "/events.csv", "/events.jsonl", "/records.jsonl"])
def test_a_table_that_is_locked_is_the_databases_matter_on_pages_and_in_files(
    monkeypatch: pytest.MonkeyPatch, database_url: str, engine: Engine, app_engine: Engine, path: str
) -> None:
    monkeypatch.setattr("app.db.engine.LOCK_S", 0.05)
    reader = create_engine(database_url, role="kvswatch_read")
    with engine.begin() as connection:
        connection.execute(text("lock table event in access exclusive mode"))
        answer = _client(create_app(Site(reader, app_engine, demo=False, clock=lambda: NOW))).get(path)
    reader.dispose()
    assert answer.status_code == 503
    assert "The database does not answer" in answer.text
    assert "Another transaction holds what this page reads." in answer.text
    assert "shorter time range" not in answer.text


def test_a_reader_waits_for_a_lock_for_less_time_than_a_statement_has(read_engine: Engine) -> None:
    with read_engine.connect() as connection:
        times = [connection.execute(text(f"show {name}")).scalar() for name in ("lock_timeout", "statement_timeout")]
    assert times == ["4s", "5s"]


FACET = {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "details#facet-action"}


def test_in_place_of_a_fragment_an_error_is_one_that_asks_again(app_engine: Engine) -> None:
    away = create_engine("postgresql+psycopg://nobody@127.0.0.1:1/none")
    app = create_app(Site(away, app_engine, demo=False, clock=lambda: NOW))
    answer = _client(app).get("/events?facets=action&from=now-1h", headers=FACET)
    assert answer.status_code == 503
    assert answer.text.startswith('<div id="facet-action" class="state error" role="alert" hx-get="/events?facets=')
    assert answer.headers["x-request-id"] in answer.text
    assert "<nav" not in answer.text


def test_an_error_that_stays_is_not_asked_for_again(client: TestClient) -> None:
    hostile = FACET | {"HX-Target": 'div#"><script>'}
    answer = _client(client.app).get("/nowhere", headers=hostile)
    assert answer.status_code == 404
    assert 'id="&#34;&gt;&lt;script&gt;"' in answer.text
    assert "hx-get" not in answer.text


def test_a_database_of_another_release_says_what_to_run(engine: Engine, client: TestClient) -> None:
    with engine.begin() as connection:
        connection.execute(text("alter table account rename to account_of_yesterday"))
    answer = _client(client.app).get("/accounts")
    assert answer.status_code == 503
    assert "kvswatch migrate" in answer.text


def test_programs_get_json(client: TestClient) -> None:
    answer = client.get("/nowhere", headers={"Accept": "application/json"})
    assert answer.status_code == 404
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


def test_another_method_is_refused_in_house_style(client: TestClient) -> None:
    answer = client.post("/accounts")
    assert answer.status_code == 405
    assert "does not take that request" in answer.text


@pytest.mark.parametrize("status", [400, 403, 404, 405, 418, 422])
def test_each_status_has_words(status: int) -> None:
    assert errors.of_status(status).title


def test_a_handlers_own_words_win() -> None:
    assert errors.of_status(404, "There is no stream 7 here.").advice == "There is no stream 7 here."
    assert "renamed" in errors.of_status(404, "Not Found").advice


def test_a_pool_that_is_used_up_is_the_databases_matter() -> None:
    assert errors.trouble_of(exc.TimeoutError()) is errors.UNREACHABLE
    assert errors.trouble_of(ValueError()) is errors.BROKEN
