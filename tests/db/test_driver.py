import psycopg
import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, ProgrammingError

from app.db.driver import alike, driver_of


@pytest.mark.parametrize(
    ("raised", "seen"),
    [
        (psycopg.errors.LockNotAvailable, OperationalError),
        (psycopg.errors.UniqueViolation, IntegrityError),
        (psycopg.errors.InsufficientPrivilege, ProgrammingError),
        (psycopg.Error, DBAPIError),
    ],
)
def test_an_error_of_the_driver_is_that_of_the_statement(raised: type[psycopg.Error], seen: type[DBAPIError]):
    with pytest.raises(seen, match="copy event") as caught, alike("copy event"):
        raise raised("no")
    assert isinstance(caught.value.orig, raised)


def test_what_is_no_error_of_the_driver_stays_what_it_is():
    with pytest.raises(ZeroDivisionError), alike("copy event"):
        raise ZeroDivisionError


def test_the_driver_is_that_of_the_connection(app_engine: Engine):
    with app_engine.connect() as connection:
        pid = driver_of(connection).info.backend_pid
        assert connection.exec_driver_sql("select pg_backend_pid()").scalar_one() == pid
