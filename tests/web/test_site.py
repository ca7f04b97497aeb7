"""Whoever may not see an account gets nothing of it from any page: Ben may see another one, Cleo none."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from app.auth.current_user import User
from app.core.model.scope import Scope
from app.web.app import create_app
from app.web.site import Site
from tests.builders.accounts import CLINIC, NOW
from tests.builders.estate import LEGACY
from tests.builders.events import EVENT, store

pytestmark = pytest.mark.usefixtures("estate")

RECORD = f"/events/record?event={CLINIC}.{EVENT.event_time:%Y%m%dT%H%M%SZ}.{EVENT.event_id}"
USERS = {"Ben": User("ben", Scope(frozenset({LEGACY}))), "Cleo": User("cleo", Scope(frozenset()))}


@pytest.fixture
def full(app_engine: Engine) -> Engine:
    """A database of four accounts with all that pages show; the clinic's is the one to keep from strangers."""
    with app_engine.begin() as connection:
        store(connection, [EVENT])
    return app_engine


@pytest.fixture(params=USERS)
def stranger(request: pytest.FixtureRequest, full: Engine, read_engine: Engine) -> Iterator[TestClient]:
    """The browser of somebody who may not see the clinic's account."""
    site = Site(read_engine, full, demo=False, clock=lambda: NOW, user=lambda: USERS[request.param])
    with TestClient(create_app(site), base_url="http://127.0.0.1") as client:
        yield client


def one(engine: Engine, sql: str, **values: str) -> str:
    with engine.connect() as connection:
        return str(connection.execute(text(sql), {"account": CLINIC, **values}).scalar_one())


THINGS = {
    "account": (
        "/accounts/{}",
        "select lpad(cast(account_id as text), 12, '0') from account where account_id = :account",
    ),
    "stream": ("/streams/{}", "select stream_id from stream_state where account_id = :account limit 1"),
    "principal": ("/principals/{}", "select principal_id from principal_state where account_id = :account limit 1"),
    "finding": ("/findings/{}", "select id from finding where account_id = :account limit 1"),
}


@pytest.mark.parametrize("thing", THINGS)
def test_the_page_of_a_thing_is_not_there(stranger: TestClient, engine: Engine, thing: str) -> None:
    path, sql = THINGS[thing]
    answer = stranger.get(path.format(one(engine, sql)))
    assert answer.status_code == 404
    assert "clinic-video" not in answer.text


def test_a_cell_of_the_matrix_is_not_explained(stranger: TestClient, engine: Engine) -> None:
    principal = one(engine, THINGS["principal"][1])
    page = stranger.get(f"/matrix?cell={principal},GetMedia").text
    assert "is no principal here" in page
    assert '<aside class="drawer"' not in page


@pytest.mark.parametrize(
    "path", ["/", "/accounts", "/streams", "/principals", "/matrix", "/events", "/findings", "/coverage"]
)
def test_no_list_names_it(stranger: TestClient, path: str) -> None:
    page = stranger.get(path)
    assert page.status_code == 200
    assert "clinic-video" not in page.text
    assert "ward-" not in page.text


@pytest.mark.parametrize("path", ["/events.csv?from=now-30d", "/findings.csv", "/matrix.csv"])
def test_no_file_holds_it(stranger: TestClient, path: str) -> None:
    answer = stranger.get(path)
    assert answer.status_code == 200
    assert str(CLINIC) not in answer.text


def test_nothing_of_it_can_be_changed(stranger: TestClient, engine: Engine) -> None:
    finding = one(engine, "select id from finding where account_id = :account and state = 'open' limit 1")
    assert (
        stranger.post(f"/findings/{finding}/acknowledge", headers={"Sec-Fetch-Site": "same-origin"}).status_code == 404
    )
    assert stranger.post(f"/accounts/{CLINIC}/poll", headers={"Sec-Fetch-Site": "same-origin"}).status_code == 404
    assert one(engine, "select state from finding where id = :id", id=finding) == "open"


def test_the_raw_record_of_a_call_is_not_there(stranger: TestClient) -> None:
    assert stranger.get(RECORD).status_code == 404


@pytest.mark.usefixtures("full")
def test_whoever_may_see_it_sees_all_of_these(client: TestClient, engine: Engine) -> None:
    paths = [path.format(one(engine, sql)) for path, sql in THINGS.values()]
    assert [client.get(path).status_code for path in (*paths, RECORD)] == [200] * 5
    assert "ward-" in client.get("/streams").text
    assert str(CLINIC) in client.get("/findings.csv").text
