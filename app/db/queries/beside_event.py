"""The calls of a list beside one of them, or beside one that the list does not show: a key to each side."""

from sqlalchemy import Connection

from app.core.model.scope import Scope
from app.core.query.cursor import EventKey
from app.core.query.filter import Filter
from app.db.queries.event_filter import event_where
from app.db.sql import text


def beside_event(
    connection: Connection, scope: Scope, query: Filter, key: EventKey
) -> tuple[EventKey | None, EventKey | None]:
    """Return the events just before and just after `key` among those that `query` means, in its order."""
    where = event_where(connection, scope, query)
    place = f"({where.name(key.event_time)}, {where.name(key.event_id)}, {where.name(key.account)})"
    sides = [
        f"""(select {is_later} as is_later, event_time, event_id, account_id from event
             where {where.sql} and (event_time, event_id, account_id) {sign} {place}
             order by event_time {order}, event_id {order}, account_id {order} limit 1)"""
        for is_later, sign, order in (("true", ">", "asc"), ("false", "<", "desc"))
    ]
    rows = connection.execute(text(" union all ".join(sides)), where.params)
    found = {row.is_later: EventKey(row.event_time, row.event_id, row.account_id) for row in rows}
    earlier, later = found.get(False), found.get(True)
    return (later, earlier) if query.sort == "-time" else (earlier, later)
