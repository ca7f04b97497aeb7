"""The driver beneath SQLAlchemy: COPY goes past it, and must look the same as any statement."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError


def driver_of(connection: Connection) -> psycopg.Connection[Any]:
    """Return the connection of the driver that a connection of SQLAlchemy is of.

    Raises:
        TypeError: it is another driver's.
    """
    driver = connection.connection.driver_connection
    if not isinstance(driver, psycopg.Connection):
        raise TypeError(f"COPY needs psycopg, not {type(driver).__name__}")
    return driver


@contextmanager
def alike(statement: str) -> Iterator[None]:
    """Raise the driver's errors as SQLAlchemy would: a lost server, a lock, a month that was dropped.

    Raises:
        DBAPIError: of the class that bears the name of the driver's (PEP 249).
    """
    try:
        yield
    except psycopg.Error as error:
        raise DBAPIError.instance(statement, None, error, psycopg.Error) from error
