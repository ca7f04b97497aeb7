"""What the search box finds beside streams, principals and accounts: people, keys, addresses and findings."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, text

from app.core.model.finding import FindingState
from app.core.model.scope import Scope
from app.db.queries.event_filter import escaped
from app.db.queries.shell import scope_filter

NEWEST_CALLS = 50_000
"""People are no dimension: they are looked for in so many calls, so that a search ends in any estate."""


@dataclass(frozen=True, slots=True)
class Named:
    """A person, key or address with its calls."""

    value: str
    calls: int


@dataclass(frozen=True, slots=True)
class FoundFinding:
    """A finding that matches."""

    account_id: int
    id: str
    message: str
    state: FindingState


def people(connection: Connection, scope: Scope, contains: str, since: datetime, limit: int) -> tuple[Named, ...]:
    """Return the people whose name has `contains` in it among the newest calls since then, by their calls."""
    condition, values = scope_filter(scope)
    rows = connection.execute(
        text(f"""with newest as (
                   select person from event where event_time >= :since and {condition}
                   order by event_time desc, event_id desc limit :newest)
                 select person as value, count(*) as calls from newest
                 where person ilike :pattern group by person order by 2 desc, 1 limit :limit"""),
        values | {"since": since, "newest": NEWEST_CALLS, "pattern": f"%{escaped(contains)}%", "limit": limit},
    ).mappings()
    return tuple(Named(**row) for row in rows)


def named(connection: Connection, scope: Scope, kind: str, contains: str, since: date, limit: int) -> tuple[Named, ...]:
    """Return the values of a rollup's `kind` ("key": long-term ones, "address") that have `contains` in them."""
    condition, values = scope_filter(scope)
    rows = connection.execute(
        text(f"""select value, sum(n)::bigint as calls from roll_dim
                 where kind = :kind and day >= :since and value ilike :pattern and {condition}
                 group by value order by 2 desc, 1 limit :limit"""),
        values | {"kind": kind, "since": since, "pattern": f"%{escaped(contains)}%", "limit": limit},
    ).mappings()
    return tuple(Named(**row) for row in rows)


def findings(
    connection: Connection, scope: Scope, contains: str, rules: Iterable[str], limit: int
) -> tuple[FoundFinding, ...]:
    """Return the findings with that id, of these rules, or whose sentence or subject has `contains` in it.

    Open ones come first, the worst before the others.
    """
    condition, values = scope_filter(scope)
    rows = connection.execute(
        text(f"""select account_id, id, message, state from finding
                 where (id = lower(:id) or rule = any(:rules) or message ilike :pattern or subject ilike :pattern)
                   and {condition}
                 order by state <> 'open',
                   array_position(array['critical', 'high', 'medium', 'low', 'info'], severity),
                   last_seen_at desc, account_id, id limit :limit"""),
        values | {"id": contains, "rules": sorted(rules), "pattern": f"%{escaped(contains)}%", "limit": limit},
    ).mappings()
    return tuple(FoundFinding(**(dict(row) | {"state": FindingState(row["state"])})) for row in rows)
