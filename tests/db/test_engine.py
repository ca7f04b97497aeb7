import time

import pytest
from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.exc import DBAPIError

from app.core.errors import InvalidInput
from app.db.engine import (
    all_at_most,
    at_most,
    checked_url,
    create_engine,
    lock,
    look_up,
    read_only,
    transaction,
    wait_until_reachable,
)
from app.db.errors import DatabaseUnreachable, TooSlow
from tests.builders.waiting import eventually

ADD_USER = text("INSERT INTO app_user (name, role, created_at) VALUES (:name, 'viewer', now())")
COUNT_USERS = text("SELECT count(*) FROM app_user WHERE name = 'ada'")


def test_it_keeps_what_a_transaction_wrote(engine: Engine):
    with transaction(engine) as connection:
        connection.execute(ADD_USER, {"name": "ada"})

    with read_only(engine) as connection:
        assert connection.execute(COUNT_USERS).scalar_one() == 1


def test_it_keeps_nothing_of_a_transaction_that_raised(engine: Engine):
    with pytest.raises(ZeroDivisionError):
        _write_and_fail(engine)

    with read_only(engine) as connection:
        assert connection.execute(COUNT_USERS).scalar_one() == 0


def _write_and_fail(engine: Engine):
    with transaction(engine) as connection:
        connection.execute(ADD_USER, {"name": "ada"})
        _ = 1 / 0


def test_it_cannot_write_where_it_only_reads(engine: Engine):
    with pytest.raises(DBAPIError, match="read-only transaction"), read_only(engine) as connection:
        connection.execute(ADD_USER, {"name": "ada"})


def test_it_sees_one_state_while_others_write(engine: Engine):
    with read_only(engine) as reader:
        before = reader.execute(COUNT_USERS).scalar_one()
        with transaction(engine) as writer:
            writer.execute(ADD_USER, {"name": "ada"})
        after = reader.execute(COUNT_USERS).scalar_one()

    assert (before, after) == (0, 0)


def test_a_visit_looks_a_name_up_once_and_the_next_visit_again(engine: Engine):
    asked: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    names = "select name from app_user where name = any(:names)"

    with read_only(engine) as connection:
        first = look_up(connection, names, names=["ada"])
        look_up(connection, names, names=["ada"]).append("not kept")
        again, other = look_up(connection, names, names=["ada"]), look_up(connection, names, names=["bob"])
    with transaction(engine) as connection:
        connection.execute(ADD_USER, {"name": "ada"})
        assert look_up(connection, names, names=["ada"]) == look_up(connection, names, names=["ada"]) == ["ada"]
    with read_only(engine) as connection:
        assert look_up(connection, names, names=["ada"]) == ["ada"]

    assert first == again == other == []
    assert sum("select name from app_user" in statement for statement in asked) == 2 + 2 + 1


def test_it_can_write_again_with_the_connection_that_read(database_url: str):
    engine = create_engine(database_url, pool_size=1)
    with read_only(engine) as connection:
        connection.execute(COUNT_USERS)

    with transaction(engine) as connection:
        connection.execute(ADD_USER, {"name": "ada"})
        timeout = connection.execute(text("SHOW statement_timeout")).scalar_one()

    engine.dispose()
    assert timeout == "0"


def test_the_role_that_reads_needs_no_word_to_see_one_state_and_write_nothing(engine: Engine, read_engine: Engine):
    said: list[str] = []
    with read_only(read_engine) as connection:
        event.listen(connection, "before_cursor_execute", lambda *asked: said.append(asked[2]))
        assert connection.execute(COUNT_USERS).scalar_one() == 0
        with transaction(engine) as writer:
            writer.execute(ADD_USER, {"name": "ada"})
        assert connection.execute(COUNT_USERS).scalar_one() == 0
        with pytest.raises(DBAPIError, match="read-only transaction"), connection.begin_nested():
            connection.execute(text("create temp table mine (id int)"))
        assert connection.execute(text("show statement_timeout")).scalar_one() == "5s"
        assert connection.execute(text("show idle_in_transaction_session_timeout")).scalar_one() == "10min"
    assert "count(*)" in said[0]


def test_a_longer_read_is_given_its_time(read_engine: Engine):
    with read_only(read_engine, timeout_s=3600) as connection:
        assert connection.execute(text("show statement_timeout")).scalar_one() == "1h"
        assert connection.execute(text("show transaction_isolation")).scalar_one() == "repeatable read"
    with read_only(read_engine) as connection:
        assert connection.execute(text("show statement_timeout")).scalar_one() == "5s"


def test_it_ends_a_statement_that_takes_too_long(engine: Engine):
    with pytest.raises(DBAPIError, match="statement timeout"), read_only(engine, timeout_s=0.05) as connection:
        connection.execute(text("SELECT pg_sleep(30)"))


def test_a_statement_with_less_time_ends_and_the_transaction_goes_on(engine: Engine):
    with read_only(engine) as connection:
        with pytest.raises(TooSlow, match=r"longer than 0\.05 s"), at_most(connection, 0.05):
            connection.execute(text("SELECT pg_sleep(30)"))
        after = connection.execute(text("SHOW statement_timeout")).scalar_one()
        with at_most(connection, 1):
            within = connection.execute(text("SHOW statement_timeout")).scalar_one()
        again = connection.execute(text("SHOW statement_timeout")).scalar_one()

    assert (within, after, again) == ("1s", "5s", "5s")


def test_statements_with_less_time_together_end_and_the_transaction_goes_on(engine: Engine):
    with read_only(engine) as connection:
        with pytest.raises(TooSlow, match=r"longer than 0\.5 s"), all_at_most(connection, 0.5):
            _sleep_twice(connection, 0.3)
        with pytest.raises(TooSlow, match="together"), all_at_most(connection, 0):
            connection.execute(ADD_USER, {"name": "ada"})
        after = connection.execute(text("SHOW statement_timeout")).scalar_one()
        with all_at_most(connection, 1):
            within = connection.execute(text("SHOW statement_timeout")).scalar_one()
            with at_most(connection, 0.01):
                shorter = connection.execute(text("SHOW statement_timeout")).scalar_one()
        again = connection.execute(text("SHOW statement_timeout")).scalar_one()

    assert within.endswith("ms")
    assert (after, shorter, again) == ("5s", "10ms", "5s")


def test_what_took_too_long_within_less_time_together_is_told_as_that(engine: Engine):
    with read_only(engine) as connection, all_at_most(connection, 10):
        with pytest.raises(TooSlow), at_most(connection, 0.05):
            connection.execute(text("SELECT pg_sleep(5)"))
        assert connection.execute(text("SELECT 1")).scalar_one() == 1


def test_what_is_over_within_less_time_together_leaves_the_limit_of_the_transaction(engine: Engine):
    with read_only(engine) as connection:
        over = time.monotonic() + 0.3
        with pytest.raises(TooSlow, match="together"), all_at_most(connection, 0.2), at_most(connection, 0.1):
            eventually(lambda: time.monotonic() > over)  # without a statement that could be ended
        after = connection.execute(text("SHOW statement_timeout")).scalar_one()

    assert after == "5s"


def _sleep_twice(connection: Connection, each_s: float) -> None:
    connection.execute(text("SELECT pg_sleep(:each_s)"), {"each_s": each_s})
    connection.execute(text("SELECT pg_sleep(:each_s)"), {"each_s": each_s})


def test_another_error_within_less_time_stays_what_it_is(engine: Engine):
    with read_only(engine) as connection, pytest.raises(DBAPIError, match="division"), at_most(connection, 1):
        connection.execute(text("SELECT 1/0"))


@pytest.mark.parametrize("role", ["kvswatch_owner", "kvswatch_app", "kvswatch_read"])
def test_it_acts_as_the_role_and_not_as_a_superuser(database_url: str, role: str):
    engine = create_engine(database_url, role=role)
    with engine.connect() as connection:
        found = connection.execute(text("SELECT current_user, current_setting('is_superuser')")).one()
    engine.dispose()

    assert found == (role, "off")


def test_it_stays_the_role_when_the_role_is_reset(read_engine: Engine):
    with read_engine.connect() as connection:
        connection.execute(text("RESET ROLE"))
        assert connection.execute(text("SELECT current_user")).scalar_one() == "kvswatch_read"


def test_it_keeps_all_times_in_utc(engine: Engine):
    with engine.connect() as connection:
        assert connection.execute(text("SHOW timezone")).scalar_one() == "UTC"


def is_free(connection: Connection, name: str) -> bool:
    """Return whether nobody holds the lock."""
    sql = text("select pg_try_advisory_xact_lock(hashtextextended(:name, 0))")
    return connection.execute(sql, {"name": f"kvswatch:{name}"}).scalar_one()


def test_it_gives_a_lock_to_one_transaction_at_a_time(engine: Engine):
    with transaction(engine) as first, transaction(engine) as second:
        lock(first, "partitions")
        assert not is_free(second, "partitions")
        assert is_free(second, "another")


def test_it_frees_a_lock_with_the_transaction(engine: Engine):
    with transaction(engine) as first:
        lock(first, "partitions")

    with transaction(engine) as second:
        assert is_free(second, "partitions")


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_it_takes_the_schemes_that_people_write(scheme: str):
    assert checked_url(f"{scheme}://ada@db.example/kvswatch").drivername == "postgresql+psycopg"


@pytest.mark.parametrize("url", ["mysql://ada:hidden@db/x", "ada:hidden@db", ""])
def test_it_refuses_what_is_no_postgres_url_without_showing_it(url: str):
    with pytest.raises(InvalidInput, match="KVSWATCH_DATABASE_URL") as refused:
        checked_url(url)

    assert "hidden" not in str(refused.value)


def test_it_names_the_address_and_not_the_password_when_nothing_answers():
    engine = create_engine("postgresql://ada:hidden@127.0.0.1:1/kvswatch")
    with pytest.raises(DatabaseUnreachable) as failed:
        wait_until_reachable(engine, timeout_s=0)
    engine.dispose()

    assert "127.0.0.1:1/kvswatch" in str(failed.value)
    assert "KVSWATCH_DATABASE_URL" in str(failed.value)
    assert "hidden" not in str(failed.value)


def test_it_returns_when_the_database_answers(engine: Engine):
    wait_until_reachable(engine, timeout_s=0)
