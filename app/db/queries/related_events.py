"""The records of the same call as an event: corrections of it, what it corrects, and copies of other accounts."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection

from app.core.model.scope import Scope
from app.core.query.cursor import EventKey
from app.db.queries.events import EventRow
from app.db.queries.shell import scope_filter
from app.db.sql import text

MOST = 20
_REACH = timedelta(minutes=1)
"""Copies of one action should be of one time. AWS does not say so, hence a minute; few events are worth an index."""


@dataclass(frozen=True, slots=True)
class Corrections:
    """The stored records of one call: the first one (None: not stored) and those that correct it, oldest first."""

    first: EventKey | None
    later: tuple[EventKey, ...]


def corrections(connection: Connection, scope: Scope, key: EventKey) -> Corrections | None:
    """Return the records among which an event corrects or is corrected; None where it does and is neither."""
    condition, values = scope_filter(scope)
    rows = connection.execute(
        text(f"""select event_time, event_id, root_time, root_id from addendum
                 where account_id = :account and {condition} and root_id in (
                   select :id union all
                   select root_id from addendum where account_id = :account and event_id = :id)
                 order by event_time, event_id limit {MOST}"""),
        values | {"account": key.account, "id": key.event_id},
    ).all()
    if not rows:
        return None
    time, root = rows[0].root_time, rows[0].root_id
    first = None if time is None else EventKey(time, root, key.account)
    return Corrections(first, tuple(EventKey(row.event_time, row.event_id, key.account) for row in rows))


def copies(connection: Connection, scope: Scope, event: EventRow) -> tuple[EventKey, ...]:
    """Return the records of the same action that other accounts got, as far as the scope holds them."""
    if event.shared_event_id is None:
        return ()
    condition, values = scope_filter(scope)
    at = event.key.event_time
    rows = connection.execute(
        text(f"""select event_time, event_id, account_id from event
                 where event_time between :since and :until and shared_event_id = :shared
                   and account_id <> :account and {condition}
                 order by account_id, event_time, event_id limit {MOST}"""),
        values
        | {"since": at - _REACH, "until": at + _REACH, "shared": event.shared_event_id, "account": event.key.account},
    )
    return tuple(EventKey(row.event_time, row.event_id, row.account_id) for row in rows)
