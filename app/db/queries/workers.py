"""Worker rows: who is at work, and when it was last heard of."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from app.db.sql import text


@dataclass(frozen=True, slots=True)
class WorkerRow:
    """One worker process as stored."""

    id: str
    host: str
    pid: int
    version: str
    started_at: datetime
    heartbeat_at: datetime
    stopped_at: datetime | None


def enter(connection: Connection, worker_id: str, host: str, pid: int, version: str, now: datetime) -> None:
    """Write down that a worker has started."""
    connection.execute(
        text("""insert into worker (id, host, pid, version, started_at, heartbeat_at)
                values (:id, :host, :pid, :version, :now, :now)"""),
        {"id": worker_id, "host": host, "pid": pid, "version": version, "now": now},
    )


def beat(connection: Connection, worker_id: str, now: datetime) -> None:
    """Write down that a worker is alive."""
    connection.execute(text("update worker set heartbeat_at = :now where id = :id"), {"id": worker_id, "now": now})


def stop(connection: Connection, worker_id: str, now: datetime) -> None:
    """Write down that a worker has ended by itself."""
    connection.execute(
        text("update worker set heartbeat_at = :now, stopped_at = :now where id = :id"), {"id": worker_id, "now": now}
    )


def running(connection: Connection) -> tuple[WorkerRow, ...]:
    """Return the workers that did not say that they stopped: alive, or killed."""
    rows = connection.execute(
        text("""select id, host, pid, version, started_at, heartbeat_at, stopped_at from worker
                where stopped_at is null order by heartbeat_at desc""")
    ).mappings()
    return tuple(WorkerRow(**row) for row in rows)
