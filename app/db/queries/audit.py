"""The audit log. An entry is written in the transaction of the change it tells of: neither is without the other."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy import Connection

from app.core.audit import GENESIS, AuditEntry, StoredEntry, chained_hash
from app.db.engine import lock
from app.db.sql import text


def append(
    connection: Connection, *, actor: str, action: str, subject: str, detail: Mapping[str, Any], now: datetime
) -> None:
    """Chain one entry to the log. `subject` names what was changed, such as "account:590817264433".

    The lock is held until the transaction ends: two entries never have the same predecessor.
    """
    lock(connection, "audit")
    previous = connection.execute(text("select hash from audit order by id desc limit 1")).scalar() or GENESIS
    entry = AuditEntry(now, actor, action, subject, detail)
    connection.execute(
        text("""insert into audit (at, actor, action, subject, detail, previous_hash, hash)
                values (:at, :actor, :action, :subject, :detail, :previous, :hash)"""),
        {
            "at": entry.at,
            "actor": entry.actor,
            "action": entry.action,
            "subject": entry.subject,
            "detail": Jsonb(dict(entry.detail)),
            "previous": bytes(previous),
            "hash": chained_hash(bytes(previous), entry),
        },
    )


def entries(connection: Connection) -> Iterator[StoredEntry]:
    """Yield every entry, oldest first."""
    rows = connection.execution_options(yield_per=1_000).execute(
        text("select id, at, actor, action, subject, detail, previous_hash, hash from audit order by id")
    )
    for row in rows:
        entry = AuditEntry(row.at, row.actor, row.action, row.subject, row.detail)
        yield StoredEntry(row.id, entry, bytes(row.previous_hash), bytes(row.hash))
