"""Counts of calls for the bars of a chart: from the rollups where the filter lets them answer, else from the events.

The rollups hold whole hours and days: what the range cuts off at both ends is counted from the events, so that chart
and list agree to the call.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, time, timedelta
from itertools import chain
from typing import Any

from sqlalchemy import Connection

from app.core.model.scope import Scope
from app.core.query.filter import Filter
from app.core.timeline.buckets import Buckets, Counts
from app.db.queries.event_filter import Where, counted_where
from app.db.queries.hours import DAY, HOUR, Stretch, bars_of, stretches, sum_of
from app.db.queries.rollups import (
    OF_ROLL_DAY,
    OF_ROLL_HOUR,
    Correction,
    corrections,
    rollup_answers,
    rollup_where,
    whole_range,
)
from app.db.sql import text

_SUM_N, _SUM_ERRORS = "sum(cast(n as integer))", "sum(cast(errors as integer))"
"""Of numbers of calls in an hour or a day: sums of bigint are numeric, and take half as long again.

A day has room for 24,000 calls a second of one action; more would be an error, not another number.
"""


def counts(connection: Connection, scope: Scope, query: Filter, into: Buckets) -> tuple[Counts, ...]:
    """Return the calls that `query` means in each bucket, by action; its range cuts the outer ones of `into`."""
    start, end, parts, params = rolled(connection, scope, query, into.width, has_whole_days=False)
    if start >= end:
        where = counted_where(connection, scope, query)
        return _summed([_counted(connection, [calls_of(Correction(1, where))], where.params, into)], into)
    for correction in corrections(connection, scope, query, start, end):
        parts.append(calls_of(correction))
        params |= correction.where.params
    found = [_counted(connection, parts, params, into)] if parts else []
    if _is_hourly(query, into.width):
        whole = next((one for one in stretches(start, end) if one.is_whole), None)
        found += [_of_whole_days(connection, scope, query, whole, into)] if whole else []
    return _summed(found, into)


def _summed(found: Iterable[Iterable[Counts]], into: Buckets) -> tuple[Counts, ...]:
    """Return the counts of each action once, without the bars that nothing is left of."""
    rows: dict[str, list[int]] = {}
    errors: Counter[str] = Counter()
    for one in chain.from_iterable(found):
        row = rows.setdefault(one.action, [0] * into.bars)
        errors[one.action] += one.errors
        for place, calls in zip(one.places, one.calls, strict=True):
            row[place] += calls
    kept = ((action, [place for place, calls in enumerate(row) if calls > 0]) for action, row in sorted(rows.items()))
    return tuple(
        Counts(action, places, [rows[action][place] for place in places], errors[action])
        for action, places in kept
        if places
    )


def _of_whole_days(
    connection: Connection, scope: Scope, query: Filter, whole: Stretch, into: Buckets
) -> tuple[Counts, ...]:
    """Return the calls of whole days, by action: as arrays, since a week of an organization is ten thousand bars."""
    where = rollup_where(connection, scope, query, whole.since, whole.until)
    calls = ", ".join(sum_of("hourly", *bar) for bar in bars_of(whole, into.width))
    rows = connection.execute(
        text(f"""select coalesce(a.name, '') as action, days, calls, errors
                 from (select action_id, array_agg(day - :since order by day) as days,
                         array_agg(calls order by day) as calls, cast(sum(errors) as bigint) as errors
                       from (select day, action_id, array[{calls}] as calls, {_SUM_ERRORS} as errors
                             from roll_hour where {where.sql} group by 1, 2) by_day
                       group by 1) by_action
                   left join action a on a.id = by_action.action_id"""),
        where.params | {"since": whole.since},
    )
    start_s = (datetime.combine(whole.since, time(), UTC) - into.start).total_seconds()
    width_s, day_s = into.width.total_seconds(), DAY.total_seconds()
    # The bars of each day: several, or one that several days may share. Worked out once, not for each action.
    firsts = [int((start_s + day * day_s) // width_s) for day in range((whole.until - whole.since).days)]
    places = [range(first, first + max(DAY // into.width, 1)) for first in firsts]
    return tuple(
        Counts(
            row.action,
            [*chain.from_iterable([places[day] for day in row.days])],
            [*chain.from_iterable(row.calls)],
            row.errors,
        )
        for row in rows
    )


def rolled(
    connection: Connection,
    scope: Scope,
    query: Filter,
    width: timedelta,
    value: str = "''",
    *,
    has_hours: bool = True,
    has_whole_days: bool = True,
) -> tuple[datetime, datetime, list[str], dict[str, Any]]:
    """Return what the rollups know: from, to, the selects and their parameters; an empty range where they know nothing.

    A select gives (time, action id, `value`, calls, errors). They are from the rollup of hours, unless it does not hold
    what is asked for, or `value` (`has_hours`): then from that of days. Without `has_whole_days` those of hours leave
    out whole days.
    """
    is_hourly = has_hours and _is_hourly(query, width)
    is_daily = _is_daily(query, width, is_hourly=is_hourly)
    start, end = whole_range(query, HOUR if is_hourly else DAY)
    if start >= end or not (is_hourly or is_daily):
        return start, start, [], {}
    parts: list[str] = []
    params: dict[str, Any] = {}
    for number, one in enumerate(stretches(start, end)):
        if is_hourly and one.is_whole and not has_whole_days:
            continue
        where = rollup_where(connection, scope, query, one.since, one.until, prefix=f"r{number}")
        parts.append(_of_hours(where, one, width, value) if is_hourly else _of_days(where, value))
        params |= where.params
    return start, end, parts, params


# Added up before their bars are reckoned, which costs more: all accounts share their hours.
def _of_days(where: Where, value: str) -> str:
    return f"""select cast(day as timestamp) at time zone 'UTC', action_id, {value}, {_SUM_N}, {_SUM_ERRORS}
               from roll_day where {where.sql} group by day, action_id, 3"""


def _of_hours(where: Where, stretch: Stretch, width: timedelta, value: str) -> str:
    bars = bars_of(stretch, width)
    calls, errors = (", ".join(sum_of(column, *bar) for bar in bars) for column in ("hourly", "hourly_errors"))
    begins = ", ".join(str(first) for first, _ in bars)
    return f"""select cast(day as timestamp) at time zone 'UTC' + make_interval(hours => begins), action_id, value,
                 n, errors
               from (select day, action_id, {value} as value, array[{calls}] as calls, array[{errors}] as failed
                     from roll_hour where {where.sql} group by 1, 2, 3) days,
                 unnest(calls, failed, array[{begins}]) as bars (n, errors, begins)
               where n > 0 or errors > 0"""


def knows(query: Filter, width: timedelta) -> bool:
    """Return whether rollups hold what `query` means in bars of `width`, but for what its range cuts off."""
    is_hourly = _is_hourly(query, width)
    return is_hourly or _is_daily(query, width, is_hourly=is_hourly)


def _is_hourly(query: Filter, width: timedelta) -> bool:
    return width % HOUR == timedelta() and rollup_answers(query, OF_ROLL_HOUR)


def _is_daily(query: Filter, width: timedelta, *, is_hourly: bool) -> bool:
    return width % DAY == timedelta() and (is_hourly or rollup_answers(query, OF_ROLL_DAY))


def calls_of(correction: Correction, value: str = "''") -> str:
    """Return the select that gives the same of events: of those that lie in one bar all at once, else one by one."""
    sign, where, at = correction
    if at is not None:
        return f"""select cast({where.name(at)} as timestamptz), action_id, {value}, {sign} * count(*),
                     {sign} * count(error_code)
                   from event where {where.sql} group by action_id, 3"""
    return f"""select event_time, action_id, {value}, {sign}, case when error_code is null then 0 else {sign} end
               from event where {where.sql}"""


def _counted(connection: Connection, parts: list[str], params: Mapping[str, Any], into: Buckets) -> tuple[Counts, ...]:
    sql = f"""with calls (at, action_id, value, n, errors) as ({" union all ".join(parts)}),
              found as (select {place_of("at")} as place, action_id, {_SUM_N} as n, {_SUM_ERRORS} as errors
                        from calls group by 1, 2),
              listed as (select action_id, array_agg(place) as places, array_agg(n) as calls, sum(errors) as errors
                         from found group by 1)
              select coalesce(a.name, ''), places, calls, cast(errors as bigint)
              from listed left join action a on a.id = listed.action_id"""
    width_s = into.width.total_seconds()
    rows = connection.execute(text(sql), {**params, "start": into.start, "width_s": width_s})
    return tuple(Counts(*row) for row in rows)


def place_of(at: str) -> str:
    """Return the expression of the bucket that holds a time, of the parameters `start` and `width_s`."""
    return f"cast(floor(date_part('epoch', {at} - cast(:start as timestamptz)) / :width_s) as integer)"
