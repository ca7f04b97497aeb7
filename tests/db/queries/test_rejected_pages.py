from datetime import timedelta

import zstandard
from sqlalchemy import Engine

from app.core.model.scope import EVERYTHING, Scope
from app.db.queries.rejected_pages import all_rejected, newest_rejected, newest_rejected_elsewhere
from tests.builders.accounts import CLINIC, NOW, make_account, make_rejected

STRANGER = Scope(frozenset({7}))


def test_a_record_that_names_no_account_is_everybodys(engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_rejected(connection, "not gzip", 0)
        make_rejected(connection, "of another", 42)
        found = newest_rejected(connection, EVERYTHING, CLINIC, 10)
        theirs = all_rejected(connection, STRANGER, NOW - timedelta(days=1), NOW)
        assert [row.reason for row in theirs] == ["not gzip"]
    assert [row.reason for row in found] == ["not gzip"]


def test_nobody_sees_those_of_accounts_out_of_scope(engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_rejected(connection, "no userIdentity")
        assert newest_rejected(connection, STRANGER, CLINIC, 10) == ()
        assert list(all_rejected(connection, STRANGER, NOW - timedelta(days=1), NOW)) == []


def test_of_more_than_are_shown_it_says_how_many_there_are(engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        for minute in range(3):
            make_rejected(connection, f"reason {minute}", rejected_at=NOW - timedelta(minutes=minute))
        found = newest_rejected(connection, EVERYTHING, CLINIC, 2)
    assert [(row.reason, row.of) for row in found] == [("reason 0", 3), ("reason 1", 3)]


def test_files_have_the_bytes_of_any_number_of_records(engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        for n in range(205):
            make_rejected(connection, str(n), raw=zstandard.compress(str(n).encode()))
        found = all_rejected(connection, EVERYTHING, NOW - timedelta(days=1), NOW)
        assert sorted((row.raw or b"").decode() for row in found) == sorted(map(str, range(205)))


def test_those_of_an_account_that_was_never_watched_are_elsewhere(engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_rejected(connection, "its own")
        make_rejected(connection, "of no account", 0)
        make_rejected(connection, "of another", 42)
        found = newest_rejected_elsewhere(connection, EVERYTHING, 10)
        assert newest_rejected_elsewhere(connection, STRANGER, 10) == ()
    assert [(row.reason, row.of) for row in found] == [("of another", 1)]
