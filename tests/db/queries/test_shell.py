"""What stands around every page."""

from sqlalchemy import Engine

from app.core.model.scope import EVERYTHING, Scope
from app.db.queries import shell
from tests.builders.accounts import CLINIC, NOW, make_account
from tests.builders.calls import make_principal, make_stream
from tests.builders.findings import make_finding


def _seed(engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_account(connection, 42, name="Beta")
        make_account(connection, 43, name="gone", removed_at=NOW)
        make_stream(connection, "a")
        make_stream(connection, "b", removed_at=NOW)
        make_principal(connection, "Analyst")
        make_principal(connection, "all", kind="group")
        make_finding(connection, "x")
        make_finding(connection, "y", 42, state="muted")


def test_accounts_stand_by_name_whatever_its_case(engine: Engine) -> None:
    _seed(engine)
    with engine.begin() as connection:
        assert shell.account_names(connection, EVERYTHING) == ((42, "Beta"), (CLINIC, "clinic-video"))


def test_the_menu_counts_what_is_there_now(engine: Engine) -> None:
    _seed(engine)
    with engine.begin() as connection:
        counts = shell.menu_counts(connection, EVERYTHING)
    assert counts == {"findings": 1, "streams": 1, "principals": 1, "accounts": 2}


def test_a_stranger_counts_nothing(engine: Engine) -> None:
    _seed(engine)
    with engine.begin() as connection:
        assert set(shell.menu_counts(connection, Scope(frozenset({1}))).values()) == {0}
        assert shell.account_names(connection, Scope(frozenset())) == ()
