"""Which files were taken along, by whom, and whether they came to their end."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from app.core.tally import Tally
from app.db.sql import text


@dataclass(frozen=True, slots=True)
class ExportRow:
    """One file. `is_complete` None: it is under way, or the process that made it was killed."""

    id: int
    begun_at: datetime
    actor: str
    listing: str
    query: str
    file_name: str
    ended_at: datetime | None
    is_complete: bool | None
    rows: int | None
    bytes: int | None
    sha256: str | None


def begin(connection: Connection, *, actor: str, listing: str, query: str, file_name: str, now: datetime) -> int:
    """Note that a file is begun, and return its number."""
    made = connection.execute(
        text("""insert into export (begun_at, actor, listing, query, file_name)
                values (:now, :actor, :listing, :query, :file_name) returning id"""),
        {"now": now, "actor": actor, "listing": listing, "query": query, "file_name": file_name},
    )
    return int(made.scalar_one())


def end(connection: Connection, number: int, tally: Tally, *, is_complete: bool, now: datetime) -> None:
    """Note what of a file was sent, and whether that is all of it."""
    connection.execute(
        text("""update export set ended_at = :now, is_complete = :complete, rows = :rows, bytes = :bytes,
                  sha256 = :sha256 where id = :id"""),
        {
            "id": number,
            "now": now,
            "complete": is_complete,
            "rows": tally.rows,
            "bytes": tally.size,
            "sha256": tally.sha256,
        },
    )


def exports(connection: Connection, before: int | None, limit: int) -> tuple[ExportRow, ...]:
    """Return files, the newest first; with `before` those of before that number."""
    rows = connection.execute(
        text("""select id, begun_at, actor, listing, query, file_name, ended_at, is_complete, rows, bytes, sha256
                from export where cast(:before as bigint) is null or id < :before order by id desc limit :limit"""),
        {"before": before, "limit": limit},
    ).mappings()
    return tuple(ExportRow(**row) for row in rows)
