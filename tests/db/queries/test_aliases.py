"""Aliases as they are stored."""

from sqlalchemy import Connection, Engine

from app.core.model.alias import Alias
from app.core.model.scope import EVERYTHING, Scope
from app.core.model.stream import ResourceKind
from app.db.queries.aliases import store_aliases, unmatched
from tests.builders.accounts import CLINIC, make_account
from tests.builders.calls import make_stream


def _store(connection: Connection, *names: str, region: str = "eu-central-1") -> None:
    store_aliases(connection, [Alias(CLINIC, region, ResourceKind.STREAM, name, "Camera 17", "", "") for name in names])


def test_what_no_stream_has_is_told_to_who_may_see_its_account(engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_stream(connection, "a")
        _store(connection, "a", "b")
        assert unmatched(connection, EVERYTHING) == ("b",)
        assert unmatched(connection, Scope(frozenset({1}))) == ()


def test_a_stream_of_the_same_name_in_another_region_is_another(engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_stream(connection, "a")
        _store(connection, "a", region="us-east-1")
        assert unmatched(connection, EVERYTHING) == ("a",)


def test_an_empty_file_ends_them(engine: Engine) -> None:
    with engine.begin() as connection:
        _store(connection, "a")
        _store(connection)
        assert unmatched(connection, EVERYTHING) == ()
