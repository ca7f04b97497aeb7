"""Poll an account now."""

from datetime import timedelta

from sqlalchemy import Engine, text

from app.core.model.scope import EVERYTHING, Scope
from app.services.poll_now import poll_now
from tests.builders.accounts import CLINIC, NOW, make_account, make_feed


def _seed(engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        make_feed(connection, "iam")
        make_feed(connection, "kinesisvideo", next_at=NOW - timedelta(minutes=1))
        make_feed(connection, "iam", 42)


def test_its_feeds_are_due_and_those_of_others_are_not(engine: Engine, app_engine: Engine) -> None:
    _seed(engine)
    assert poll_now(app_engine, EVERYTHING, CLINIC, actor="ada", now=NOW) == 2
    with engine.begin() as connection:
        due = connection.execute(
            text("select account_id, source from feed where next_at <= :now order by 2"), {"now": NOW}
        )
        assert [tuple(row) for row in due] == [(CLINIC, "iam"), (CLINIC, "kinesisvideo")]


def test_what_was_due_already_is_not_put_off(engine: Engine, app_engine: Engine) -> None:
    _seed(engine)
    poll_now(app_engine, EVERYTHING, CLINIC, actor="ada", now=NOW)
    with engine.begin() as connection:
        earliest = connection.execute(text("select min(next_at) from feed")).scalar_one()
    assert earliest == NOW - timedelta(minutes=1)


def test_who_asked_is_written_down(engine: Engine, app_engine: Engine) -> None:
    _seed(engine)
    poll_now(app_engine, EVERYTHING, CLINIC, actor="ada", now=NOW)
    with engine.begin() as connection:
        row = connection.execute(text("select actor, subject, detail from audit")).one()
    assert tuple(row) == ("ada", f"account:{CLINIC}", {"feeds": 2})


def test_a_stranger_changes_nothing_and_leaves_no_entry(engine: Engine, app_engine: Engine) -> None:
    _seed(engine)
    assert poll_now(app_engine, Scope(frozenset({1})), CLINIC, actor="cleo", now=NOW) == 0
    with engine.begin() as connection:
        assert connection.execute(text("select count(*) from audit")).scalar_one() == 0
