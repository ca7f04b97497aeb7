"""What the list of calls says of accounts whose calls could not be seen."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from app.core.retention import Dropped
from app.db.queries.retention import mark_dropped
from app.web import unseen_accounts
from tests.builders.accounts import CLINIC, NOW
from tests.builders.estate import LEGACY
from tests.builders.events import event, store

pytestmark = pytest.mark.usefixtures("estate")
BOTH = f"/events?action=GetMedia&account={CLINIC}&account={LEGACY}"
MAY_BE_MORE = "At no time could all such calls of legacy-cams be seen: there may be more than are stored."


def test_of_an_account_whose_calls_are_listed_it_is_not_said_that_nobody_could_see_any(
    client: TestClient, engine: Engine
) -> None:
    with engine.begin() as connection:
        store(connection, [event(0, account=LEGACY, action="GetMedia")])
    page = client.get(BOTH).text
    assert MAY_BE_MORE in page
    assert "nobody could see any" not in page
    others = client.get(f"{BOTH}&outcome=denied").text
    assert "Of such calls of legacy-cams nobody could see any in this time." in others


def test_of_an_account_that_is_never_logged_it_is_said_of_what_is_kept(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        store(connection, [event(0, account=LEGACY, action="GetMedia")])
        mark_dropped(connection, "event", Dropped(NOW - timedelta(days=3), 90), NOW)
    others = client.get(f"{BOTH}&outcome=denied").text
    assert "Of such calls of legacy-cams nobody could see any in what is kept of this time." in others
    page = client.get(BOTH).text
    assert MAY_BE_MORE.replace("At no time", "At no time that is kept") in page
    assert "nobody could see any" not in page
    assert "Of such calls" not in client.get(f"{BOTH}&outcome=denied&to={NOW - timedelta(days=4):%Y-%m-%d}").text


def test_of_an_account_whose_trails_were_never_read_nobody_knows(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("delete from part where account_id = :a and part = 'trails'"), {"a": LEGACY})
    page = client.get(BOTH).text
    assert "Whether such calls of legacy-cams could be seen in this time is not known: there may be more." in page
    assert "nobody could see any" not in page


def test_where_it_takes_too_long_to_tell_whether_calls_are_stored_none_is_denied(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def paused(connection, *_):
        connection.exec_driver_sql("select pg_sleep(1)")

    monkeypatch.setattr(unseen_accounts, "TIMEOUT_S", 0.01)
    monkeypatch.setattr(unseen_accounts.events, "accounts_with_calls", paused)
    page = client.get(BOTH).text
    assert MAY_BE_MORE in page
    assert "nobody could see any" not in page
