"""COPY of rows into a table and out of a query, in the transaction that is open."""

from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from psycopg import Connection as Driver
from psycopg import Error
from psycopg.abc import Buffer, Query
from sqlalchemy import Connection

CANCEL_S = 5


def copy_rows(connection: Connection, target: str, rows: Iterable[Sequence[Any]]) -> None:
    """Copy rows into `target`, "table (column, …)": many times faster than INSERT for more than a few thousand."""
    with _driver(connection).cursor() as cursor, cursor.copy(f"copy {target} from stdin") as copy:
        for row in rows:
            copy.write_row(row)


def copied_out(connection: Connection, statement: Query, params: Mapping[str, Any]) -> Generator[Buffer, None, None]:
    """Yield what `statement`, "copy (…) to stdout", gives: a block a row.

    Closed before its end it ends the statement and the connection with it: the pool gets no connection that is in
    the midst of a COPY, and nobody waits until the rest has come.
    """
    driver = _driver(connection)
    with driver.cursor() as cursor, cursor.copy(statement, params) as copy:
        try:
            yield from copy
        except BaseException:  # GeneratorExit is none of Exception
            # The server hears of a closed connection only when it next writes; it may be sorting for minutes.
            # A server that cannot be told any more is no trouble: the connection is gone either way.
            with suppress(Error):
                driver.cancel_safe(timeout=CANCEL_S)
            connection.invalidate()
            raise


def _driver(connection: Connection) -> Driver[Any]:
    driver = connection.connection.driver_connection
    if not isinstance(driver, Driver):
        raise TypeError(f"COPY needs psycopg, not {type(driver).__name__}")
    return driver
