"""COPY of rows into a table and out of a query, in the transaction that is open."""

import time
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from select import POLLIN, poll
from typing import Any

from psycopg import Connection as Driver
from psycopg import Error
from psycopg.abc import Query
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus
from sqlalchemy import Connection

from app.db.driver import alike, driver_of

CANCEL_S = 5
GATHER_S = 0.0005
"""How long rows of a COPY gather in the socket before they are taken: Postgres sends 8 kB at a time, and to be woken
for each costs the server and us more than the rows do."""
MOST_READS = 64
"""Reads of the socket, of 8 kB or more, before rows are handed on: memory stays flat, however fast the server is."""


def copy_rows(connection: Connection, target: str, rows: Iterable[Sequence[Any]]) -> None:
    """Copy rows into `target`, "table (column, …)": many times faster than INSERT for more than a few thousand."""
    with (
        alike(f"copy {target}"),
        driver_of(connection).cursor() as cursor,
        cursor.copy(f"copy {target} from stdin") as copy,
    ):
        for row in rows:
            copy.write_row(row)


def copied_out(connection: Connection, statement: Query, params: Mapping[str, Any]) -> Generator[bytes, None, None]:
    """Yield what `statement`, "copy (…) to stdout", gives: a block a row.

    Closed before its end it ends the statement and the connection with it: the pool gets no connection that is in
    the midst of a COPY, and nobody waits until the rest has come.
    """
    driver = driver_of(connection)
    with alike("copy to stdout"), driver.cursor() as cursor, cursor.copy(statement, params):
        try:
            yield from _rows(driver)
        except BaseException:  # GeneratorExit is none of Exception
            # The server hears of a closed connection only when it next writes; it may be sorting for minutes.
            # A server that cannot be told any more is no trouble: the connection is gone either way.
            with suppress(Error):
                driver.cancel_safe(timeout=CANCEL_S)
            connection.invalidate()
            raise


def _rows(driver: Driver[Any]) -> Iterator[bytes]:
    """Yield the rows of the COPY that is under way.

    psycopg's own loop takes the socket's bytes as soon as there are any and asks itself twice a row whether it may.
    """
    libpq = driver.pgconn
    told = poll()
    told.register(driver.fileno(), POLLIN)
    while True:
        size, row = libpq.get_copy_data(1)
        while size > 0:
            yield bytes(row)
            size, row = libpq.get_copy_data(1)
        if size < 0:
            break
        time.sleep(GATHER_S)
        told.poll()
        for _ in range(MOST_READS):
            libpq.consume_input()
            if not told.poll(0):
                break
    result = libpq.get_result()
    while libpq.get_result() is not None:
        pass
    if result is None or result.status != ExecStatus.COMMAND_OK:
        raise error_from_result(result) if result else Error("COPY ended without a result")
