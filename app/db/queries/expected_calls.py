"""How many calls there are that no trail logs: what CloudWatch counted, and what is usual where they are stored."""

from collections.abc import Collection
from datetime import date
from functools import lru_cache

import msgspec
import zstandard
from sqlalchemy import Connection

from app.core.kvs.actions import EVENT_SOURCE
from app.core.model.metric import RequestCounts
from app.core.model.scope import Scope
from app.db.queries.event_filter import Where, in_scope
from app.db.sql import text


def counted_requests(connection: Connection, scope: Scope) -> dict[tuple[int, str], RequestCounts]:
    """Return what CloudWatch counted last, by account and Region; only where it was read."""
    where = Where()
    in_scope(where, scope)
    rows = connection.execute(
        text(f"""select account_id, region, content from snapshot
                 where part = 'request_counts' and valid_to is null and {where.sql}"""),
        where.params,
    )
    return {(row.account_id, row.region): _decoded(bytes(row.content)) for row in rows}


@lru_cache(maxsize=256)
def _decoded(content: bytes) -> RequestCounts:
    return msgspec.json.decode(zstandard.decompress(content), type=RequestCounts)


def stored_calls(
    connection: Connection, scope: Scope, accounts: Collection[int], actions: Collection[str], days: tuple[date, date]
) -> int:
    """Return how many calls of `actions` of KVS are stored of some accounts, on the days from the first to the last."""
    where = Where()
    in_scope(where, scope)
    where.add(f"account_id = any({where.name(sorted(accounts))})")
    where.add(f"day between {where.name(days[0])} and {where.name(days[1])}")
    source, names = where.name(EVENT_SOURCE), where.name(sorted(actions))
    where.add(f"action_id in (select id from action where source = {source} and name = any({names}))")
    found = connection.execute(text(f"select coalesce(sum(n), 0) from roll_hour where {where.sql}"), where.params)
    return int(found.scalar_one())
