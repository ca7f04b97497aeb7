import pytest
from psycopg.errors import DivisionByZero
from sqlalchemy import Engine, text
from sqlalchemy.exc import DataError, IntegrityError, OperationalError

from app.db.engine import read_only
from app.db.queries._copy import copied_out, copy_rows
from tests.builders.waiting import eventually

COPIES = "select count(*) from pg_stat_activity where datname = current_database() and query like 'copy (%'"


def test_rows_are_copied_in_the_transaction_that_is_open(app_engine: Engine):
    rows = [(7, bytes([n] * 32), [n, n + 1], False, 2) for n in range(50)]

    with app_engine.connect() as connection:
        with connection.begin() as transaction:
            copy_rows(connection, "resource_set (account_id, hash, stream_ids, is_wildcard, n)", rows)
            assert connection.execute(text("select count(*) from resource_set")).scalar_one() == 50
            transaction.rollback()
        assert connection.execute(text("select count(*) from resource_set")).scalar_one() == 0


def test_a_broken_row_stores_nothing(app_engine: Engine):
    rows = [(7, bytes(32), [1], False, 1), (7, bytes(32), [1], False, 1)]

    with pytest.raises(IntegrityError, match="duplicate key"), app_engine.begin() as connection:
        copy_rows(connection, "resource_set (account_id, hash, stream_ids, is_wildcard, n)", rows)


def test_rows_are_copied_out_and_the_connection_is_kept(read_engine: Engine):
    with read_only(read_engine):
        pass
    kept = read_engine.pool.checkedin()
    with read_only(read_engine) as connection:
        blocks = copied_out(connection, b"copy (select generate_series(1, %(n)s)) to stdout", {"n": 3})
        assert b"".join(blocks) == b"1\n2\n3\n"
        assert connection.execute(text("select 1")).scalar_one() == 1
    assert read_engine.pool.checkedout() == 0
    assert read_engine.pool.checkedin() == kept


def test_more_rows_than_a_socket_holds_come_whole_and_in_order(read_engine: Engine):
    with read_only(read_engine) as connection:
        statement = b"copy (select repeat('x', mod(n, 9000)) from generate_series(1, %(n)s) n) to stdout"
        blocks = list(copied_out(connection, statement, {"n": 20_000}))
    assert [len(block) - 1 for block in blocks] == [n % 9000 for n in range(1, 20_001)]


def test_an_error_amid_the_rows_is_raised_after_those_that_came(read_engine: Engine):
    with read_only(read_engine) as connection:
        blocks = copied_out(
            connection, b"copy (select 1 / (3 - n) from generate_series(1, %(n)s) n) to stdout", {"n": 9}
        )
        assert [next(blocks), next(blocks)] == [b"0\n", b"1\n"]
        with pytest.raises(DataError) as caught:
            next(blocks)
        assert isinstance(caught.value.orig, DivisionByZero)
    with read_only(read_engine) as connection:
        assert connection.execute(text("select 1")).scalar_one() == 1


def test_a_server_that_goes_away_amid_the_rows_is_an_error(engine: Engine, read_engine: Engine):
    with read_only(read_engine) as connection:
        pid = connection.execute(text("select pg_backend_pid()")).scalar_one()
        blocks = copied_out(
            connection,
            b"copy (select n, pg_sleep(n / 40000 * 600) from generate_series(1, %(n)s) n) to stdout",
            {"n": 50_000},
        )
        assert next(blocks) == b"1\t\n"
        with engine.connect() as other:
            other.execute(text("select pg_terminate_backend(:pid)"), {"pid": pid})
        with pytest.raises(OperationalError, match=r"terminating connection|closed"):
            list(blocks)


def test_a_copy_that_is_closed_early_ends_at_once_and_takes_its_connection_along(engine: Engine, read_engine: Engine):
    with read_only(read_engine, timeout_s=3_600) as connection:
        # Rows that come, and then one that no reader would wait for.
        statement = b"copy (select n, pg_sleep(n / 40000 * 600) from generate_series(1, %(n)s) n) to stdout"
        blocks = copied_out(connection, statement, {"n": 50_000})
        assert next(blocks) == b"1\t\n"
        blocks.close()
        assert connection.invalidated
    assert eventually(lambda: copies(engine) == 0)
    with read_only(read_engine) as connection:
        assert connection.execute(text("select 1")).scalar_one() == 1


def copies(engine: Engine) -> int:
    with engine.connect() as connection:  # one transaction would see one state of the activity for ever
        return int(connection.execute(text(COPIES)).scalar_one())
