"""Everything that one filter means, as a file: for the web and for `kvswatch export` alike.

Each export is one read-only transaction, so that it is of one moment, and is streamed: memory stays flat.
"""

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from datetime import datetime

from sqlalchemy import Engine

from app import exports
from app.core import catalogue
from app.core.arn import account_text
from app.core.errors import InvalidInput
from app.core.matrix.cells import Cell
from app.core.model.scope import Scope
from app.core.query.filter import Filter
from app.core.query.moment import iso
from app.db.engine import read_only
from app.db.queries import events, findings
from app.db.queries.findings import FindingRow
from app.exports._format import Format
from app.services.read_matrix import Row, read_matrix

Write = Callable[[bytes], object]
Chunks = Generator[bytes, None, None]
"""Whoever does not read them to their end closes them: they hold a connection to the database."""
TIMEOUT_S = 3_600
"""A download of ten million calls takes minutes; a page may not."""
EVENTS = {"csv": events.copy_csv, "jsonl": events.copy_jsonl}
"""Postgres writes these itself (COPY): ten times the rows a second."""
STATES = {
    Cell.USED: "used",
    Cell.UNUSED: "granted, unused",
    Cell.UNOBSERVABLE: "granted, use not observable",
    Cell.CONDITIONAL: "conditional",
    Cell.PER_DEVICE: "per device",
    Cell.DENIED: "denied",
    Cell.GONE: "used, no longer granted",
    Cell.UNKNOWN: "unknown",
    Cell.EMPTY: "not granted",
}


def formats() -> dict[str, Format]:
    """Return every export format by name."""
    return catalogue.load(exports, "FORMAT", Format)


def file_name(query: Filter, fmt: str) -> str:
    """Return what the file of an export is called: its list and its range."""
    days = f"{query.since.at:%Y%m%dT%H%MZ}_{query.until.at:%Y%m%dT%H%MZ}"
    return f"kvs-{query.listing.name}_{days}{formats()[fmt].suffix}"


def event_chunks(engine: Engine, scope: Scope, query: Filter, fmt: str) -> Chunks:
    """Yield the events that `query` means, in its order and columns.

    Raises:
        InvalidInput: there is no such format.
    """
    _known(fmt)
    return _event_chunks(engine, scope, query, fmt)


def _event_chunks(engine: Engine, scope: Scope, query: Filter, fmt: str) -> Chunks:
    with read_only(engine, timeout_s=TIMEOUT_S) as connection:
        yield from EVENTS[fmt](connection, scope, query)


def finding_chunks(engine: Engine, scope: Scope, query: Filter, fmt: str) -> Chunks:
    """Yield the findings that `query` means, in its order and columns.

    Raises:
        InvalidInput: there is no such format.
    """
    return _finding_chunks(engine, scope, query, _known(fmt))


def _finding_chunks(engine: Engine, scope: Scope, query: Filter, fmt: Format) -> Chunks:
    columns = query.columns or query.listing.columns
    with read_only(engine, timeout_s=TIMEOUT_S) as connection:
        rows = (_finding(row, columns) for row in findings.all_findings(connection, scope, query))
        yield from fmt.encode(columns, rows)


def matrix_chunks(engine: Engine, scope: Scope, query: Filter, fmt: str) -> Chunks:
    """Yield the matrix that `query` means: a line a principal, a column an action, the state of each cell in words.

    Raises:
        InvalidInput: there is no such format.
    """
    return _matrix_chunks(engine, scope, query, _known(fmt))


def _matrix_chunks(engine: Engine, scope: Scope, query: Filter, fmt: Format) -> Chunks:
    with read_only(engine, timeout_s=TIMEOUT_S) as connection:
        matrix = read_matrix(connection, scope, query)
    columns = ("account", "account_name", "principal", "name", "kind", *matrix.columns)
    yield from fmt.encode(columns, (_principal(row) for row in matrix.rows))


def _principal(row: Row) -> list[str | None]:
    one = row.principal
    who = [account_text(one.account), one.account_name, one.arn, one.name, one.kind]
    return [*who, *(STATES[Cell(cell)] for cell in row.cells)]


def export_events(engine: Engine, scope: Scope, query: Filter, fmt: str, write: Write) -> None:
    """Write the events that `query` means.

    Raises:
        InvalidInput: there is no such format.
    """
    _all(event_chunks(engine, scope, query, fmt), write)


def export_findings(engine: Engine, scope: Scope, query: Filter, fmt: str, write: Write) -> None:
    """Write the findings that `query` means.

    Raises:
        InvalidInput: there is no such format.
    """
    _all(finding_chunks(engine, scope, query, fmt), write)


def export_matrix(engine: Engine, scope: Scope, query: Filter, fmt: str, write: Write) -> None:
    """Write the matrix that `query` means.

    Raises:
        InvalidInput: there is no such format.
    """
    _all(matrix_chunks(engine, scope, query, fmt), write)


def _all(chunks: Chunks, write: Write) -> None:
    with closing(chunks):
        for chunk in chunks:
            write(chunk)


def _known(fmt: str) -> Format:
    found = formats().get(fmt)
    if found is None:
        raise InvalidInput(f"there is no format {fmt!r}: it is one of {', '.join(formats())}")
    return found


def _finding(row: FindingRow, columns: Sequence[str]) -> list[str | None]:
    finding = row.finding
    cells = {
        "id": row.id,
        "account": account_text(finding.account),
        "rule": finding.rule,
        "severity": finding.severity,
        "state": finding.state,
        "region": finding.region,
        "subject": finding.subject,
        "message": finding.message,
        "first_seen_at": _time(finding.first_seen_at),
        "last_seen_at": _time(finding.last_seen_at),
        "resolved_at": _time(finding.resolved_at),
        "note": finding.note,
    }
    return [cells[name] for name in columns]


def _time(at: datetime | None) -> str | None:
    return None if at is None else iso(at)
