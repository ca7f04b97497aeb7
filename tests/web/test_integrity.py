from datetime import timedelta

from sqlalchemy import Engine
from starlette.testclient import TestClient

from app.core.model.scope import EVERYTHING, Scope
from app.web.integrity import MOST_BREAKS, worst_accounts
from tests.builders.accounts import CLINIC, NOW
from tests.builders.integrity import make_integrity

OTHER = 111122223333


def test_the_account_with_the_most_breaks_comes_first(engine: Engine) -> None:
    span = NOW - timedelta(days=2), NOW
    with engine.begin() as connection:
        make_integrity(connection, OTHER, NOW, verdict="broken", why="edited")
        for hours in (1, 2, 3):
            make_integrity(connection, CLINIC, NOW - timedelta(hours=hours), verdict="broken", why="edited")
        assert worst_accounts(connection, EVERYTHING, *span) == ((CLINIC, 3), (OTHER, 1))
        assert worst_accounts(connection, Scope(frozenset({OTHER})), *span) == ((OTHER, 1),)


def test_of_many_breaks_the_newest_are_named_and_the_rest_counted(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        for hours in range(MOST_BREAKS + 3):
            make_integrity(connection, CLINIC, NOW - timedelta(hours=hours), verdict="broken", why=f"no {hours}!")
    page = client.get("/coverage").text
    assert "no 0!" in page
    assert f"no {MOST_BREAKS}!" not in page
    assert "3 more: narrow the range, or take the CSV." in page
