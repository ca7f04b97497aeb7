"""Rows into a table by binary COPY: the fast way in; from a temporary one a statement then stores what is new."""

import functools
import ipaddress
from collections.abc import Iterable, Mapping
from typing import Any

from psycopg.types.string import BytesBinaryDumper
from sqlalchemy import Connection

from app.db.driver import alike, driver_of
from app.db.sql import text

_AS_BYTES = {"uuid": "bytea", "inet": "bytea"}


def fill(connection: Connection, stage: str, columns: Mapping[str, str], rows: Iterable[tuple[Any, ...]]) -> None:
    """Fill a temporary table by binary COPY, anew each time; it is empty again when the transaction ends."""
    definition = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    connection.execute(text(f"create temporary table if not exists {stage} ({definition}) on commit delete rows"))
    # There is something only where one transaction fills it twice.
    connection.execute(text(f"delete from {stage}"))
    copy_in(connection, stage, columns, rows)


def copy_in(connection: Connection, table: str, columns: Mapping[str, str], rows: Iterable[tuple[Any, ...]]) -> None:
    """Add rows to a table by binary COPY. Whole pages are written and logged at once, which no INSERT does."""
    with (
        alike(f"copy {table}"),
        driver_of(connection).cursor() as cursor,
        cursor.copy(f"copy {table} ({', '.join(columns)}) from stdin (format binary)") as copy,
    ):
        # Last registered for its type was one that looks for DB-API's Binary, in Python and not in C.
        copy.cursor.adapters.register_dumper(bytes, BytesBinaryDumper)
        # Binary COPY carries no types: what is bytes already is sent as it is.
        copy.set_types([_AS_BYTES.get(kind, kind) for kind in columns.values()])
        for row in rows:
            copy.write_row(row)


def guid(text_form: str) -> bytes:
    """Return a GUID as COPY sends it."""
    return bytes.fromhex(text_form.replace("-", ""))


@functools.lru_cache(262_144)
def inet(address: str | None) -> bytes | None:
    """Return the address as COPY sends an inet, None for the name of a service.

    Cached, and in bytes at once: parsing and dumping it costs as much as the rest of the row.
    Source: PostgreSQL, src/backend/utils/adt/network.c, network_send: family, bits, is_cidr, length, address.
    """
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return None
    if isinstance(found, ipaddress.IPv4Address):
        return b"\2\x20\0\4" + found.packed
    # Postgres has no zones (fe80::1%eth0).
    return None if found.scope_id else b"\3\x80\0\x10" + found.packed
