"""The records that calls were stored from, byte for byte: of one call, and of all that a filter means."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row

from app.core.arn import account_text
from app.core.errors import KvswatchError
from app.core.model.scope import Scope
from app.core.query.cursor import EventKey
from app.core.query.filter import Filter
from app.core.query.moment import iso
from app.core.tally import Tally
from app.core.trailfile.packing import needed_dictionary, unpacker
from app.db.queries.event_filter import Where, event_where, in_scope
from app.db.queries.events import in_chunks, in_order
from app.db.sql import text

_AT_ONCE = 1_000
NOT_KEPT = "no raw record is kept"


class UnknownDictionary(KvswatchError):
    """A stored record was compressed with a dictionary that is not stored."""


@dataclass(frozen=True, slots=True)
class RawRecord:
    """A record's exact bytes as they lay in the log file, and where that was."""

    content: bytes
    origin: str | None


def raw_record(connection: Connection, scope: Scope, key: EventKey) -> RawRecord | None:
    """Return the raw record of an event, or None when it is not kept (its retention is its own).

    Raises:
        UnknownDictionary: the dictionary that its zstd frame names is missing.
    """
    where = Where()
    in_scope(where, scope)
    where.add(
        f"account_id = {where.name(key.account)} and event_time = {where.name(key.event_time)}"
        f" and event_id = {where.name(key.event_id)}"
    )
    row = connection.execute(
        text(f"select raw, origin from event_raw where {where.sql}"),
        where.params,
    ).one_or_none()
    return None if row is None else RawRecord(decompressed(connection, bytes(row.raw)), row.origin)


def decompressed(connection: Connection, frame: bytes) -> bytes:
    """Return what a stored zstd frame holds.

    Raises:
        UnknownDictionary: the dictionary that it names is not in `zdict`.
    """
    return _Unpackers(connection)(frame)


class _Unpackers:
    """Unpacks stored zstd frames; a dictionary is looked up with the first frame that names it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: dict[int, Callable[[bytes], bytes]] = {0: unpacker()}

    def __call__(self, frame: bytes) -> bytes:
        number = needed_dictionary(frame)
        if number not in self._known:
            self._known[number] = unpacker(self._dictionary(number))
        return self._known[number](frame)

    def _dictionary(self, number: int) -> bytes:
        sql = text("select content from zdict where id = :id")
        content = self._connection.execute(sql, {"id": number}).scalar_one_or_none()
        if content is None:
            raise UnknownDictionary(f"dictionary {number} is not stored: the record cannot be read without it")
        return bytes(content)


def raw_records(connection: Connection, scope: Scope, query: Filter, tally: Tally) -> Iterator[bytes]:
    """Yield the raw records of the calls of `query`, a line each, in chunks of about 128 kB, counted into `tally`.

    They are the bytes of the log file; where one goes over several lines, its line ends, which stand between the parts
    of a record alone, become spaces. A call whose record cannot be had has a line that says so: `{"no_record": ...}`.
    """
    where = event_where(connection, scope, query)
    cells, joins = (
        "account_id, event_time, event_id, r.raw",
        "left join event_raw r using (account_id, event_time, event_id)",
    )
    sql = in_order(connection, query, where, cells, joins)
    streamed = text(sql).execution_options(stream_results=True, yield_per=_AT_ONCE)
    unpack = _Unpackers(connection)
    rows = connection.execute(streamed, where.params)
    yield from in_chunks((_line(row, unpack) for row in rows), tally)


def _line(row: Row[Any], unpack: _Unpackers) -> bytes:
    if row.raw is None:
        return _no_record(row, NOT_KEPT)
    try:
        record = unpack(bytes(row.raw))
    except UnknownDictionary as error:
        return _no_record(row, str(error))
    return record.replace(b"\r", b" ").replace(b"\n", b" ") + b"\n"


def _no_record(row: Row[Any], why: str) -> bytes:
    key = {"account": account_text(row.account_id), "time": iso(row.event_time), "event_id": str(row.event_id)}
    return f"{json.dumps({'no_record': key | {'why': why}})}\n".encode()
