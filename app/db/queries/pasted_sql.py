"""The statement of a list of calls as people paste it: all that its filter means, with the values written in."""

import re

from sqlalchemy import Connection

from app.core.model.scope import Scope
from app.core.query.filter import Filter
from app.core.query.literals import literal
from app.db.queries.event_filter import event_where

_PARAMETER = re.compile(r":(\w+)")


def pasted_sql(connection: Connection, scope: Scope, query: Filter) -> str:
    """Return what selects the calls of `query`, to be run as kvswatch_read. Names are looked up already: ids stand."""
    where = event_where(connection, scope, query)
    conditions = [_PARAMETER.sub(lambda found: literal(where.params[found[1]]), one) for one in where.conditions]
    order = "desc" if query.sort == "-time" else "asc"
    return "\n".join(
        [
            "set role kvswatch_read;",
            "select e.account_id, e.event_time, a.name as action, s.name as stream, p.arn as principal,",
            "       e.session_name, e.person, e.address, e.access_key, e.error_code, u.value as user_agent, e.event_id",
            "from event e",
            "  left join action a on a.id = e.action_id",
            "  left join stream s on s.id = nullif(e.stream_id, 0)",
            "  left join principal p on p.id = nullif(e.principal_id, 0)",
            "  left join user_agent u on u.id = nullif(e.user_agent_id, 0)",
            "where (e.account_id, e.event_time, e.event_id) in (",
            "  select account_id, event_time, event_id from event",
            "  where " + "\n    and ".join(conditions) + ")",
            f"order by e.event_time {order}, e.event_id {order}, e.account_id {order};",
        ]
    )
