"""The records that could not be read: of an account's page, of no account's page, and all of them for files.

A record that names no account (`account_id` 0) may be of any: it is there whatever the scope is.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import zstandard
from sqlalchemy import Connection

from app.core.model.scope import Scope
from app.core.normalise.trail_file import WHOLE_FILE
from app.core.trailfile.records import MAX_REJECTED
from app.db.queries.shell import scope_filter
from app.db.sql import text

_AT_ONCE = 100
"""Records read together: one may hold megabytes."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A log record or file that could not be read; `of` is how many there are."""

    origin: str
    place: str
    reason: str
    rejected_at: datetime
    size: int | None
    of: int

    @property
    def cut_from(self) -> int | None:
        """Return how many bytes it had where only the beginning is kept; None: all is, or nothing of a whole file."""
        return self.size if self.place != WHOLE_FILE and (self.size or 0) > MAX_REJECTED else None


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """The same with what it held. `account` 0: it does not tell. `raw` None: it is not kept."""

    account: int
    origin: str
    place: str
    reason: str
    rejected_at: datetime
    raw: bytes | None
    size: int | None


def newest_rejected(connection: Connection, scope: Scope, account_id: int, limit: int) -> tuple[Rejected, ...]:
    """Return the newest ones of an account, and of those that name no account at all."""
    condition, values = scope_filter(scope)
    rows = connection.execute(
        text(f"""select origin, place, reason, rejected_at, size, count(*) over () as of from rejected_record
                 where account_id in (:account_id, 0) and (account_id = 0 or {condition})
                 order by rejected_at desc, id desc limit :limit"""),
        values | {"account_id": account_id, "limit": limit},
    ).mappings()
    return tuple(Rejected(**row) for row in rows)


def newest_rejected_elsewhere(connection: Connection, scope: Scope, limit: int) -> tuple[Rejected, ...]:
    """Return the newest ones that no account's page has: of accounts that were never watched.

    An import from a disk has such, and the bucket of an organization whose members are not all watched.
    """
    condition, values = scope_filter(scope)
    rows = connection.execute(
        text(f"""select origin, place, reason, rejected_at, size, count(*) over () as of from rejected_record r
                 where not exists (select from account a where a.account_id = r.account_id or r.account_id = 0)
                   and (account_id = 0 or {condition})
                 order by rejected_at desc, id desc limit :limit"""),
        values | {"limit": limit},
    ).mappings()
    return tuple(Rejected(**row) for row in rows)


def all_rejected(connection: Connection, scope: Scope, since: datetime, until: datetime) -> Iterator[RejectedRow]:
    """Yield what was rejected in [since, until), the newest first."""
    condition, values = scope_filter(scope)
    rows = connection.execute(
        text(f"""select account_id, origin, place, reason, rejected_at, raw, size from rejected_record
                 where rejected_at >= :since and rejected_at < :until and (account_id = 0 or {condition})
                 order by rejected_at desc, id desc""").execution_options(stream_results=True, yield_per=_AT_ONCE),
        values | {"since": since, "until": until},
    )
    for row in rows:
        raw = None if row.raw is None else zstandard.decompress(row.raw)
        yield RejectedRow(row.account_id, row.origin, row.place, row.reason, row.rejected_at, raw, row.size)
