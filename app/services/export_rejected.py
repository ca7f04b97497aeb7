"""The records that could not be read, as files have them: why not, where they lay, and what they held."""

import base64
from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection

from app.core.arn import account_text
from app.core.model.scope import Scope
from app.core.query.filter import Filter
from app.core.query.moment import iso
from app.core.trailfile.records import MAX_REJECTED
from app.db.queries.rejected_pages import all_rejected
from app.services.export_lists import Row, narrowed_to

NO_ACCOUNT = "the record does not tell"
NOT_KEPT = "not kept"
"""The whole file is at fault and lies where it lay, or the record is older than raw records are kept."""


def rejected(connection: Connection, scope: Scope, query: Filter, _now: datetime) -> Iterator[Row]:
    """Yield the records that could not be read within the range, the newest first.

    Those that name no account are there whichever accounts are asked for: they may be of any. `encoding` says how
    `record` is written: `text` as it was, `base64` where it is no UTF-8, or that it is not kept. `bytes` are those of
    all of it, and `is_cut` whether `record` has only the first 256 kB of them; what an earlier release kept tells
    neither. Of a whole file `bytes` are told where it is too large, and then at least so many.
    """
    narrowed, names = narrowed_to(connection, scope, query)
    for row in all_rejected(connection, narrowed, query.since.at, query.until.at):
        encoding, record = _written(row.raw)
        yield {
            "rejected_at": iso(row.rejected_at),
            "account": account_text(row.account) if row.account else NO_ACCOUNT,
            "account_name": names.get(row.account, ""),
            "origin": row.origin,
            "place": row.place,
            "reason": row.reason,
            "encoding": encoding,
            "record": record,
            "bytes": "" if row.size is None else str(row.size),
            "is_cut": "" if row.raw is None or row.size is None else "yes" if row.size > MAX_REJECTED else "no",
        }


def _written(raw: bytes | None) -> tuple[str, str]:
    if raw is None:
        return NOT_KEPT, ""
    try:
        return "text", raw.decode()
    except UnicodeDecodeError:
        return "base64", base64.b64encode(raw).decode()
