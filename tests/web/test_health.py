"""Is it alive, is it ready, what does it count."""

from datetime import timedelta

from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from tests.builders.accounts import NOW, make_account, make_feed, make_own_calls, make_part, make_worker


def test_it_is_alive_whatever_the_database_does(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "alive"}


def test_it_is_not_ready_before_a_worker_was_seen(client: TestClient) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["missing"] == ["no worker was seen in the last two minutes"]


def test_it_is_ready_when_a_worker_lives(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_worker(connection)
    assert client.get("/readyz").status_code == 200


def test_a_worker_that_fell_silent_is_no_worker(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_worker(connection, heartbeat_at=NOW - timedelta(minutes=3))
    assert client.get("/readyz").status_code == 503


def test_it_is_not_ready_on_a_database_without_tables(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("drop table worker"))
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "kvswatch migrate" in answer.json()["missing"][0]


def test_it_is_not_ready_on_the_schema_of_another_release(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_worker(connection)
        connection.execute(text("update alembic_version set version_num = '20200101_0000'"))
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "20200101_0000" in answer.json()["missing"][0]


def test_the_metrics_count_feeds_parts_and_our_own_calls(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_feed(connection, "iam", attempts=2)
        make_part(connection, "iam", state="denied")
        make_own_calls(connection, "iam:GetUser", 7, outcome="throttled")
    text_ = client.get("/metrics").text
    assert 'kvswatch_feeds{state="failing"} 1.0' in text_
    assert 'kvswatch_parts{state="denied"} 1.0' in text_
    assert 'kvswatch_own_calls_day{outcome="throttled"} 7.0' in text_
