"""The list of roles and users: what each may watch, whether it did, and whether anybody could have seen it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from app.core.coverage.history import Strip
from app.core.coverage.observe import ActionClass
from app.core.coverage.seen import Seen, seen_over, strips_of_account
from app.core.kvs.actions import MEDIA_READ
from app.core.model.grant import Known
from app.core.model.scope import Scope
from app.core.timeline.days import days_of
from app.db.queries import principal_pages, stream_pages
from app.db.queries.principal_pages import PrincipalRow, PrincipalUse

MEDIA = frozenset({ActionClass.READ, ActionClass.SIGNALING})
EVERY_CALL = frozenset(ActionClass)


@dataclass(frozen=True, slots=True)
class PrincipalLine:
    """One principal. `may` None: its account's grants were never computed, or none of its streams was ever listed."""

    row: PrincipalRow
    may: Known | None
    use: PrincipalUse
    reads_seen: Seen
    calls_seen: Seen


def principal_lines(
    connection: Connection,
    scope: Scope,
    rows: Sequence[PrincipalRow],
    strips: Iterable[Strip],
    start: datetime,
    end: datetime,
) -> tuple[PrincipalLine, ...]:
    """Return each of `rows` with its use over [start, end); `strips` is the coverage of that range."""
    ids = [row.id for row in rows]
    uses = principal_pages.principal_uses(connection, scope, ids, days_of(start, end))
    may = principal_pages.streams_may(connection, scope, ids, MEDIA_READ)
    evaluated = stream_pages.evaluated_accounts(connection, scope) - stream_pages.unlisted_accounts(connection, scope)
    found, accounts = tuple(strips), {row.account_id for row in rows}
    reads = {account: seen_over(strips_of_account(found, account, MEDIA), start, end) for account in accounts}
    calls = {account: seen_over(strips_of_account(found, account, EVERY_CALL), start, end) for account in accounts}
    return tuple(
        PrincipalLine(
            row,
            may.get(row.id, Known()) if row.account_id in evaluated else None,
            uses.get(row.id, PrincipalUse(0, 0, None)),
            reads[row.account_id],
            calls[row.account_id],
        )
        for row in rows
    )
