"""Everything that one filter means, as a file: for the web and for `kvswatch export` alike.

Each export is one read-only transaction, so that it is of one moment, and is streamed: memory stays flat.
"""

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection, Engine

from app import exports
from app.core import catalogue
from app.core.arn import account_text
from app.core.digits import ACCOUNT_DIGITS, number
from app.core.errors import InvalidInput
from app.core.model.scope import Scope
from app.core.query.filter import Filter, Verb
from app.core.query.listing import EVENTS, MATRIX, RECORDS
from app.core.query.moment import Moment, iso
from app.core.tally import Tally
from app.db.engine import at_most, read_only
from app.db.errors import TooSlow
from app.db.queries import bars, events, findings, rollups
from app.db.queries.findings import FindingRow
from app.db.queries.hours import HOUR
from app.db.queries.raw_records import raw_records
from app.db.queries.shell import no_names
from app.exports._format import Format
from app.exports._gzip import SUFFIX, gzipped
from app.exports._trailer import with_trailer
from app.services import export_assumptions, export_grants, export_lists, export_matrix, export_rejected
from app.services.export_grants import AS_OF
from app.services.export_lists import Row, Rows
from app.services.record_export import Recorder, Taken

T = TypeVar("T")
Write = Callable[[bytes], object]
Chunks = Generator[bytes, None, None]
"""Whoever does not read them to their end closes them: they hold a connection to the database."""
EXPECT_S, MOST_COUNTED = 0.05, 10_000
"""So long a statement may take that tells the number of rows before they come, and so many are counted one by one."""
TIMEOUT_S = 3_600
"""A download of ten million calls takes minutes; a page may not."""
COPIES = {"csv": events.copy_csv, "jsonl": events.copy_jsonl}
"""Postgres writes these itself (COPY): ten times the rows a second."""


def formats() -> dict[str, Format]:
    """Return every export format by name."""
    return catalogue.load(exports, "FORMAT", Format)


def file_name(query: Filter, fmt: str, *, is_gzip: bool = False) -> str:
    """Return what the file of an export is called: its list, its range, and as of when it is."""
    days = f"{query.since.at:%Y%m%dT%H%MZ}_{query.until.at:%Y%m%dT%H%MZ}"
    as_of = f"_as-of-{query.at.at:%Y%m%dT%H%M%SZ}" if query.at else ""
    return f"kvs-{query.listing.name}_{days}{as_of}{formats()[fmt].suffix}{SUFFIX if is_gzip else ''}"


def chunks(
    engine: Engine,
    scope: Scope,
    query: Filter,
    fmt: str,
    now: datetime,
    *,
    tally: Tally | None = None,
    is_gzip: bool = False,
) -> Chunks:
    """Yield all that `query` means of its list, in its order and columns; `now` is what ages are counted from.

    Rows are counted into `tally`. JSON Lines end with a trailer: without it the file was cut.

    Raises:
        InvalidInput: there is no such format, or none of an account that the filter names; or the filter is of a part
            of a page (a place in the list, an open drawer), of which there is no file.
    """
    _refuse_parts(query)
    known = formats().get(fmt)
    if known is None:
        raise InvalidInput(f"there is no format {fmt!r}: it is one of {', '.join(formats())}")
    only = query.listing.only_format
    if only and fmt != only:
        raise InvalidInput(f"{query.listing.name} have no {known.label}: they are {formats()[only].label} ({only})")
    counted = tally or Tally()
    made = (
        _event_chunks(engine, scope, query, fmt, counted)
        if query.listing in {EVENTS, RECORDS}
        else _table(engine, scope, query, known, now, counted)
    )
    return _framed(made, known, counted, is_gzip=is_gzip)


def _refuse_parts(query: Filter) -> None:
    if query.cursor is not None:
        name = "before" if query.is_back else "after"
        raise InvalidInput(f"{name}= is a place in a page: a file has all that the filter means")
    for name in (name for name, _ in query.extras if name not in query.listing.filed_by):
        raise InvalidInput(f"{name}= is of the page alone: a file has all that the filter means")


def export(
    engine: Engine,
    scope: Scope,
    query: Filter,
    fmt: str,
    now: datetime,
    write: Write,
    *,
    is_gzip: bool = False,
    recorder: Recorder | None = None,
) -> None:
    """Write what `chunks` yields; with a recorder it is noted who took it along."""
    tally = Tally()
    made = chunks(engine, scope, query, fmt, now, tally=tally, is_gzip=is_gzip)
    if recorder is not None:
        made = recorder.recorded(made, Taken.of(query, file_name(query, fmt, is_gzip=is_gzip)), tally)
    with closing(made):
        for chunk in made:
            write(chunk)


def _framed(made: Chunks, fmt: Format, tally: Tally, *, is_gzip: bool) -> Chunks:
    """Yield a file with what its format puts at the end, compressed if asked for."""
    with closing(made):
        told = with_trailer(made, tally) if fmt.has_trailer else made
        yield from gzipped(told) if is_gzip else told


def _event_chunks(engine: Engine, scope: Scope, query: Filter, fmt: str, tally: Tally) -> Chunks:
    with read_only(engine, timeout_s=TIMEOUT_S) as connection:
        _refuse_unknown(connection, scope, query)
        tally.expected = _expected(connection, scope, query)
        write = raw_records if query.listing is RECORDS else COPIES[fmt]
        yield from write(connection, scope, query, tally)


def _expected(connection: Connection, scope: Scope, query: Filter) -> int | None:
    """Return how many rows the file has, of the state that it is made from; None where that is not known at once."""
    with suppress(TooSlow), at_most(connection, EXPECT_S):
        if bars.knows(query, HOUR) and not rollups.may_differ(connection, scope, query):
            calls = rollups.total(connection, scope, query)
        elif (calls := rollups.counted_up_to(connection, scope, query, MOST_COUNTED)) >= MOST_COUNTED:
            return None
        return calls + rollups.superseded(connection, scope, query)
    return None


def _table(engine: Engine, scope: Scope, query: Filter, fmt: Format, now: datetime, tally: Tally) -> Chunks:
    with read_only(engine, timeout_s=TIMEOUT_S) as connection:
        _refuse_unknown(connection, scope, query)
        if query.until.at > now:  # of what lies ahead nobody can say that it was not observed
            end = max(query.since.at, now)
            query = replace(query, until=Moment(iso(end), end))
        if query.listing is MATRIX:
            columns, cells = export_matrix.table(connection, scope, query)
            yield from fmt.encode(columns, _counted(cells, tally))
            return
        columns = (query.columns or query.listing.columns) + (AS_OF if query.at else ())
        rows = _ROWS[query.listing.name](connection, scope, query, now)
        yield from fmt.encode(columns, _counted(([row[name] for name in columns] for row in rows), tally))


def _refuse_unknown(connection: Connection, scope: Scope, query: Filter) -> None:
    """Refuse names of no account. Calls of accounts that nobody onboarded are stored, too: any twelve digits may be."""
    texts = [value for verb in (Verb.IS, Verb.IS_NOT) for value in query.values("account", verb)]
    unknown = no_names(connection, scope, [each for each in texts if number(each, ACCOUNT_DIGITS) is None])
    if unknown:
        raise InvalidInput("\n".join(f"account={each} is not an account here" for each in unknown))


def _counted(rows: Iterable[T], tally: Tally) -> Iterator[T]:
    for row in rows:
        tally.rows += 1
        yield row


def _findings(connection: Connection, scope: Scope, query: Filter, _now: datetime) -> Iterator[Row]:
    return (_finding(row) for row in findings.all_findings(connection, scope, query))


def _finding(row: FindingRow) -> Row:
    finding = row.finding
    return {
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


def _time(at: datetime | None) -> str | None:
    return None if at is None else iso(at)


_ROWS: dict[str, Rows] = {
    "findings": _findings,
    "grants": export_grants.grants,
    "accounts": export_lists.accounts,
    "streams": export_lists.streams,
    "principals": export_lists.principals,
    "coverage": export_lists.coverage,
    "rejected": export_rejected.rejected,
    "assumptions": export_assumptions.assumptions,
}
