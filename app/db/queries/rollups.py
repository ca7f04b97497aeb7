"""Counts of calls for facets and totals: from the rollups where the filter lets them answer, else from the events.

The rollups are bounded by combinations, not by calls, and stay fast as events grow. They hold whole hours and days:
what the range cuts off at both ends is counted from the events, so that chart, facets and list agree to the call.
They do not know which calls were our own: those are subtracted.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, TextClause

from app.core.arn import account_text
from app.core.model.scope import Scope
from app.core.query.filter import NONE, Filter, Verb
from app.core.timeline.buckets import floor
from app.core.timeline.outcome import DENIED_CODES
from app.db.queries.event_filter import Where, add_conditions, counted_where, event_where, in_scope
from app.db.queries.hours import DAY, HOUR, stretches, sum_of
from app.db.queries.namesakes import one_of_name
from app.db.queries.retention import dropped
from app.db.sql import one_plan, text

OF_ROLL_HOUR = frozenset({"account", "action", "source", "own"})
OF_ROLL_DAY = OF_ROLL_HOUR | {"stream", "principal"}
"""The fields of a filter by which a rollup can be asked."""
_OF_ROLL_DIM = frozenset({"account", "own"})


def rollup_answers(query: Filter, fields: Iterable[str]) -> bool:
    """Return whether `query` asks about nothing but `fields`, and not about our own calls alone."""
    return all(
        condition.field in fields
        and (condition.field != "own" or ("no" in condition.values and condition.verb is Verb.IS))
        for condition in query.conditions
    )


# ---------------------------------------------------------------- facets
class _Days(NamedTuple):
    """Where a rollup has the calls of each value on each day: the value, and the table with what it is asked beside."""

    value: str
    rows: str


def _dim(kind: str) -> _Days:
    return _Days("value", f"roll_dim where kind = '{kind}' and")


@dataclass(frozen=True, slots=True)
class _Source:
    """Where a facet's values are: an expression over `event`, and in a rollup if there is one.

    `names` is the dimension that turns an id into what people read: (table, label, value for the URL).
    """

    expression: str
    days: _Days | None = None
    names: tuple[str, str, str] | None = None
    own: str | None = None
    """The select of (id, own): what counts as another value."""
    leaves_none: bool = False
    """Calls without a value have no row in the rollup: they are what is left of all."""


FACETS: Mapping[str, _Source] = {
    "action": _Source(
        "cast(action_id as text)",
        _Days("cast(action_id as text)", "roll_hour where"),
        ("action", "d.name", "d.name"),
    ),
    "principal": _Source("cast(principal_id as text)", _dim("principal"), ("principal", "d.name", "d.arn")),
    "stream": _Source(
        "cast(stream_id as text)", _dim("stream"), ("stream", "d.name", "coalesce(d.arn, d.name)"), one_of_name()
    ),
    "address": _Source("address", _dim("address"), leaves_none=True),
    "key_kind": _Source("key_kind"),
    "region": _Source("cast(region_id as text)", _dim("region"), ("region", "d.name", "d.name")),
    "user_agent": _Source("cast(user_agent_id as text)", _dim("user_agent"), ("user_agent", "d.value", "d.value")),
    "person": _Source("person"),
}
"""The facets that one statement each can count; `outcome` and `account` are counted apart."""


@dataclass(frozen=True, slots=True)
class FacetValue:
    """One value with its calls: `value` for the URL, `label` for people."""

    value: str
    label: str
    calls: int


@dataclass(frozen=True, slots=True)
class Facet:
    """The largest values of one field under the other filters, and how many more values there are."""

    field: str
    values: tuple[FacetValue, ...]
    more: int


def facet(connection: Connection, scope: Scope, query: Filter, field: str, limit: int = 10) -> Facet:
    """Return the values of `field` with their calls, largest first, under the other filters of `query`."""
    others = replace(query, conditions=tuple(c for c in query.conditions if c.field != field))
    if field == "outcome":
        return _outcomes(connection, scope, others, limit)
    if field == "account":
        return _accounts(connection, scope, others, limit)
    return _values(connection, scope, others, field, limit)


def _values(connection: Connection, scope: Scope, query: Filter, field: str, limit: int) -> Facet:
    source = FACETS[field]
    parts, params = _parts(connection, scope, query, source.expression, source.days)
    table, label, value = source.names or ("", "found.value", "found.value")
    join = f"left join {table} d on d.id = cast(found.value as integer) and d.id <> 0" if table else ""
    told = "calls"
    if source.own:
        told = f"""(select coalesce(cast(own as text), value) as value, n
                    from calls left join ({source.own}) named on named.id = cast(value as integer)) told"""
    calls = "select * from given"
    if source.leaves_none and _is_rolled(query):
        calls = """select * from given where value is not null
                   union all select null, :every - coalesce(sum(n), 0) from given where value is not null"""
        params |= {"every": total(connection, scope, query)}
    sql = f"""with given (value, n) as ({" union all ".join(parts)}),
              calls as ({calls}),
              found as (select value, sum(n) as n, count(*) over () as size from {told}
                        group by value having sum(n) > 0 order by 2 desc, 1 limit {limit:d})
              select {value} as value, {label} as label, found.n, found.size from found {join}
              order by found.n desc, found.value"""
    rows = connection.execute(text(sql), params).all()
    values = tuple(FacetValue(row.value or NONE, row.label or "none", int(row.n)) for row in rows)
    return Facet(field, values, max(0, rows[0].size - limit) if rows else 0)


def _parts(
    connection: Connection, scope: Scope, query: Filter, expression: str, days: _Days | None
) -> tuple[list[str], dict[str, Any]]:
    """Return the selects of (value, calls) whose sum answers, with their parameters."""
    if days is None or not _is_rolled(query):
        where = counted_where(connection, scope, query)
        return [f"select {expression}, count(*) from event where {where.sql} group by 1"], where.params
    start, end = whole_range(query, DAY)
    rows = rollup_where(connection, scope, query, start.date(), end.date())
    parts = [f"select {days.value}, sum(n) from {days.rows} {rows.sql} group by 1"]
    params = dict(rows.params)
    for sign, where, _ in corrections(connection, scope, query, start, end):
        parts.append(f"select {expression}, {sign} * count(*) from event where {where.sql} group by 1")
        params |= where.params
    return parts, params


def _is_rolled(query: Filter) -> bool:
    """Return whether the rollup of values by day is asked."""
    start, end = whole_range(query, DAY)
    return start < end and rollup_answers(query, _OF_ROLL_DIM)


def _outcomes(connection: Connection, scope: Scope, query: Filter, limit: int) -> Facet:
    parts, params = _parts(connection, scope, query, "error_code", _dim("error"))
    sql = f"""with calls (value, n) as ({" union all ".join(parts)})
              select case when value = any(:denied) then 'denied' else value end as value, sum(n) as n
              from calls where value is not null and value <> '' group by 1 having sum(n) > 0
              order by 2 desc, 1"""
    rows = connection.execute(text(sql), params | {"denied": list(DENIED_CODES)}).all()
    failed = sum(int(row.n) for row in rows)
    succeeded = total(connection, scope, query) - failed
    values = [FacetValue(row.value, row.value, int(row.n)) for row in rows[:limit]]
    if succeeded > 0:
        values.insert(0, FacetValue("ok", "ok", succeeded))
    return Facet("outcome", tuple(values), max(0, len(rows) - limit))


def _accounts(connection: Connection, scope: Scope, query: Filter, limit: int) -> Facet:
    parts, params = _hourly(connection, scope, query, "account_id")
    sql = f"""with calls (value, n) as ({" union all ".join(parts)}),
              found as (select value, sum(n) as n, count(*) over () as size from calls
                        group by value having sum(n) > 0 order by 2 desc, 1 limit {limit:d})
              select found.value, ac.name, found.n, found.size from found
              left join account ac on ac.account_id = found.value order by found.n desc, 1"""
    rows = connection.execute(text(sql), params).all()
    values = tuple(FacetValue(account_text(v), name or account_text(v), int(n)) for v, name, n, _ in rows)
    return Facet("account", values, max(0, rows[0].size - limit) if rows else 0)


def total(connection: Connection, scope: Scope, query: Filter) -> int:
    """Return how many calls `query` means, without counting row by row where a rollup knows."""
    parts, params = _hourly(connection, scope, query, "0")
    sql = f"with calls (value, n) as ({' union all '.join(parts)}) select coalesce(sum(n), 0) from calls"
    return int(connection.execute(text(sql), params).scalar_one())


def _hourly(connection: Connection, scope: Scope, query: Filter, expression: str) -> tuple[list[str], dict[str, Any]]:
    start, end = whole_range(query, HOUR)
    if start >= end or not rollup_answers(query, OF_ROLL_HOUR):
        where = counted_where(connection, scope, query)
        return [f"select {expression}, count(*) from event where {where.sql} group by 1"], where.params
    parts: list[str] = []
    params: dict[str, Any] = {}
    for number, one in enumerate(stretches(start, end)):
        rows = rollup_where(connection, scope, query, one.since, one.until, prefix=f"r{number}")
        calls = sum_of("hourly", one.first, one.last)
        parts.append(f"select {expression}, {calls} from roll_hour where {rows.sql} group by 1")
        params |= rows.params
    for sign, where, _ in corrections(connection, scope, query, start, end):
        parts.append(f"select {expression}, {sign} * count(*) from event where {where.sql} group by 1")
        params |= where.params
    return parts, params


# ---------------------------------------------------------------- whole hours and days, and what they leave
def whole_range(query: Filter, width: timedelta) -> tuple[datetime, datetime]:
    """Return the whole hours or days within the range; empty (start not before end) when it holds none."""
    first = floor(query.since.at, width)
    return (first if first == query.since.at else first + width), floor(query.until.at, width)


def rollup_where(
    connection: Connection, scope: Scope, query: Filter, since: date, until: date, *, prefix: str = ""
) -> Where:
    """Return what a rollup is asked for `query` on the days from `since` to before `until`."""
    where = Where(prefix)
    in_scope(where, scope)
    where.add(f"day >= {where.name(since)} and day < {where.name(until)}")
    add_conditions(connection, where, (c for c in query.conditions if c.field != "own"))
    return where


class Correction(NamedTuple):
    """Which events are counted beside a rollup, or taken off (`sign` -1).

    `at` is when all of them were, as far as whole hours or days tell: no bar that a rollup answers is narrower.
    """

    sign: int
    where: Where
    at: datetime | None = None


def corrections(
    connection: Connection, scope: Scope, query: Filter, start: datetime, end: datetime
) -> list[Correction]:
    """Return what must be counted from the events beside the whole hours or days [start, end)."""
    found = []
    for prefix, since, until in (("head", query.since.at, start), ("tail", end, query.until.at)):
        if since < until:
            where = counted_where(connection, scope, _between(query, since, until), prefix=prefix)
            found.append(Correction(1, where, since))
    if query.values("own") == ("no",):
        where = counted_where(connection, scope, _between(_own_only(query), start, end), prefix="own")
        found.append(Correction(-1, where))
    return found


def _own_only(query: Filter) -> Filter:
    conditions = (replace(c, values=("yes",)) if c.field == "own" else c for c in query.conditions)
    return replace(query, conditions=tuple(conditions))


def _between(query: Filter, since: datetime, until: datetime) -> Filter:
    return replace(query, since=replace(query.since, at=since), until=replace(query.until, at=until))


def superseded(connection: Connection, scope: Scope, query: Filter) -> int:
    """Return how many records `query` means that another one corrects: lists and files have them, counts do not."""
    where = event_where(connection, scope, query)
    since, until = where.name(query.since.at), where.name(query.until.at)
    # They are found by what corrects them: few of millions are.
    sql = f"""with corrected (of_account, at, id) as materialized (
                select account_id, root_time, root_id from addendum where root_time >= {since} and root_time < {until}
                union select account_id, event_time, event_id from addendum
                  where event_time >= {since} and event_time < {until})
              select count(*) from corrected
                join event on account_id = of_account and event_time = at and event_id = id
              where superseded_by is not null and {where.sql}"""
    return int(connection.execute(one_plan(sql), where.params).scalar_one())


def may_differ(connection: Connection, scope: Scope, query: Filter) -> bool:
    """Return whether rollups may count other calls than are stored: of days in the range counts outlived their calls.

    What is read again of such a day is not counted anew.
    """
    gone = dropped(connection, "event")
    if gone is None or query.since.at >= gone.before:
        return False
    where = Where()
    in_scope(where, scope)
    since, before = query.since.at.astimezone(UTC).date(), gone.before.astimezone(UTC).date()
    where.add(f"day >= {where.name(since)} and day < {where.name(before)}")
    return bool(
        connection.execute(text(f"select exists (select from roll_hour where {where.sql})"), where.params).scalar_one()
    )


def own_calls(connection: Connection, scope: Scope, query: Filter, limit: int) -> int:
    """Return how many of our own calls the list folds away, at most `limit`."""
    # An index holds our own alone.
    return _counted_up_to(connection, counted_where(connection, scope, _own_only(query)), limit, one_plan)


def counted_up_to(connection: Connection, scope: Scope, query: Filter, limit: int) -> int:
    """Return how many calls `query` means, counted one by one until there are `limit`."""
    return _counted_up_to(connection, counted_where(connection, scope, query), limit, text)


def _counted_up_to(connection: Connection, where: Where, limit: int, statement: Callable[[str], TextClause]) -> int:
    sql = f"select count(*) from (select 1 from event where {where.sql} limit {limit:d}) few"
    return int(connection.execute(statement(sql), where.params).scalar_one())
