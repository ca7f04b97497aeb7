"""The import of an aliases file: it replaces all aliases of before, in one transaction with its entry in the audit."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from app.core.model.alias import Alias
from app.core.model.scope import EVERYTHING
from app.db.queries import aliases, audit


def import_aliases(connection: Connection, found: Sequence[Alias], *, actor: str, now: datetime) -> tuple[str, ...]:
    """Let `found` be all aliases; return the names among them that are of no stream or channel known so far."""
    aliases.store_aliases(connection, found)
    audit.append(
        connection, actor=actor, action="aliases.import", subject="aliases", detail={"aliases": len(found)}, now=now
    )
    return aliases.unmatched(connection, EVERYTHING)
