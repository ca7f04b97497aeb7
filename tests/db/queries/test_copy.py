import pytest
from sqlalchemy import Engine, text

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

    with pytest.raises(Exception, match="duplicate key"), app_engine.begin() as connection:
        copy_rows(connection, "resource_set (account_id, hash, stream_ids, is_wildcard, n)", rows)


def test_rows_are_copied_out_and_the_connection_is_kept(read_engine: Engine):
    with read_only(read_engine) as connection:
        blocks = copied_out(connection, b"copy (select generate_series(1, %(n)s)) to stdout", {"n": 3})
        assert b"".join(bytes(block) for block in blocks) == b"1\n2\n3\n"
        assert connection.execute(text("select 1")).scalar_one() == 1
    assert read_engine.pool.checkedout() == 0
    assert read_engine.pool.checkedin() == 1


def test_a_copy_that_is_closed_early_ends_at_once_and_takes_its_connection_along(engine: Engine, read_engine: Engine):
    with read_only(read_engine, timeout_s=3_600) as connection:
        # Rows that come, and then one that no reader would wait for.
        statement = b"copy (select n, pg_sleep(n / 40000 * 600) from generate_series(1, %(n)s) n) to stdout"
        blocks = copied_out(connection, statement, {"n": 50_000})
        assert bytes(next(blocks)) == b"1\t\n"
        blocks.close()
        assert connection.invalidated
    assert eventually(lambda: copies(engine) == 0)
    with read_only(read_engine) as connection:
        assert connection.execute(text("select 1")).scalar_one() == 1


def copies(engine: Engine) -> int:
    with engine.connect() as connection:  # one transaction would see one state of the activity for ever
        return int(connection.execute(text(COPIES)).scalar_one())
