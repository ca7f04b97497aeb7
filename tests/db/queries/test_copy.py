import pytest
from sqlalchemy import Engine, text

from app.db.queries._copy import copy_rows


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
