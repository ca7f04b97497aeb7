"""Events: what is new of a batch, its raw records, and every rollup and mark that follows from it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from app.core.integrity.files import number_of
from app.core.kvs.actions import MEDIA_READ
from app.core.model.event import Event
from app.core.model.scope import EVERYTHING
from app.core.retention import LEAST_DAYS
from app.db import stage
from app.db.queries import hours
from app.db.queries._known import HOUR, KEY_COLUMNS, forget, known
from app.db.queries.dimensions import NameIds, bounded_or_none
from app.db.queries.retention import counted_days
from app.db.sql import text

_EVENT_COLUMNS = {
    **KEY_COLUMNS,
    "action_id": "int4",
    "region_id": "int4",
    "stream_id": "int4",
    "principal_id": "int4",
    "user_agent_id": "int4",
    "access_key": "text",
    "key_kind": "text",
    "actor_kind": "text",
    "session_name": "text",
    "person": "text",
    "address": "text",
    "ip": "inet",
    "error_code": "text",
    "is_read_only": "bool",
    "is_data_event": "bool",
    "shared_event_id": "text",
    "request_id": "text",
    "api_name": "text",
    "url_expires_s": "int4",
    "footage_from": "timestamptz",
    "footage_to": "timestamptz",
    "vpc_endpoint_id": "text",
    "invoked_by": "text",
    "addendum_of": "text",
    "footage": "text",
    "footage_clock": "text",
    "addendum_reason": "text",
    "log_file": "int8",
}
_STAGE_COLUMNS = {**_EVENT_COLUMNS, "day": "date"}
_RAW_COLUMNS = {**KEY_COLUMNS, "raw": "bytea", "origin": "text"}
_READS_MEDIA = f"""action_id = any(array(
  select id from action where name in ({", ".join(f"'{name}'" for name in sorted(MEDIA_READ))})))"""
FACETS = {
    "principal": "principal_id",
    "stream": "stream_id",
    "region": "region_id",
    "user_agent": "user_agent_id",
    "address": "address",
    "error": "error_code",
    # Temporary keys are as many as sessions; a long-term key is worth a row a day.
    "key": "case when key_kind = 'long_term' then access_key end",
    # Who shows video, and of what, every list asks: few do, and the rollup of days is mostly of those who send it.
    "reader": f"case when {_READS_MEDIA} then nullif(principal_id, 0) end",
    "read_stream": f"case when {_READS_MEDIA} then nullif(stream_id, 0) end",
}
"""The kinds of roll_dim, and where each has its value, which is stored as text. No value, no row.

Another set of actions in MEDIA_READ is a migration that counts these two anew.
"""

_NAME_LOG_FILES = """
update event e set log_file = s.log_file from stage_event s
where e.account_id = s.account_id and e.event_time = s.event_time and e.event_id = s.event_id
  and e.log_file is null and s.log_file is not null
"""

_FACETS = " union all ".join(
    f"""select account_id, '{kind}' as kind, day, cast(value as text) as value, n, errors from (
      select account_id, day, {value} as value, count(*) as n, count(error_code) as errors from stage_event
      group by 1, 2, 3) as {kind}s where value is not null"""
    for kind, value in FACETS.items()
)
_INSERT_EVENTS = f"""
with the_hours as (
  insert into roll_hour ({hours.COLUMNS}) {hours.rolled_up("stage_event")} order by 1, 2, 3
  on conflict ({hours.KEY}) do update set {hours.plus("roll_hour", "excluded")}
), the_dims as (
  insert into roll_dim (account_id, kind, day, value, n, errors)
  select account_id, kind, day, value, n, errors from ({_FACETS}) as facet
  order by account_id, kind collate "C", day, value collate "C"
  on conflict (account_id, kind, day, value) do update
  set n = roll_dim.n + excluded.n, errors = roll_dim.errors + excluded.errors
), the_days as (
  insert into roll_day (account_id, stream_id, day, principal_id, action_id, n, errors, first_seen, last_seen)
  select account_id, stream_id, day, principal_id, action_id, count(*), count(error_code), min(event_time),
  max(event_time) from stage_event group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5
  on conflict (account_id, stream_id, day, principal_id, action_id) do update
  set n = roll_day.n + excluded.n, errors = roll_day.errors + excluded.errors,
      first_seen = least(roll_day.first_seen, excluded.first_seen),
      last_seen = greatest(roll_day.last_seen, excluded.last_seen)
), the_uses as (
  insert into roll_use (account_id, principal_id, action_id, first_at, last_at, n)
  select account_id, principal_id, action_id, min(event_time), max(event_time), count(*) from stage_event
  where error_code is null and principal_id <> 0 group by 1, 2, 3 order by 1, 2, 3
  on conflict (account_id, principal_id, action_id) do update
  set first_at = least(roll_use.first_at, excluded.first_at), last_at = greatest(roll_use.last_at, excluded.last_at),
      n = roll_use.n + excluded.n
), touched as (
  insert into touched_hour (account_id, hour, touched_at)
  select account_id, {HOUR}, cast(:now as timestamptz) from stage_event group by 1, 2 order by 1, 2
  on conflict (account_id, hour) do update set touched_at = greatest(touched_hour.touched_at, excluded.touched_at)
)
insert into event ({", ".join(_EVENT_COLUMNS)}) select {", ".join(_EVENT_COLUMNS)} from stage_event
"""
"""All of the stage, and what follows from it. Each rollup is sorted by its key: two writers then wait, not deadlock.

Events have no `on conflict`, which costs a look, a lock and a record of the log each: one that another writer brought
since `known` fails the batch, which is tried again. So what is counted is what is inserted, or nothing is.
"""

_SET_COUNTED_ASIDE = f"""
with counted as (
  delete from stage_event s using counted_day c where c.account_id = s.account_id and c.day = s.day
  returning {", ".join(f"s.{name}" for name in _STAGE_COLUMNS)}
)
insert into stage_counted ({", ".join(_STAGE_COLUMNS)}) select * from counted
"""
_STORE_COUNTED = f"""
with touched as (
  insert into touched_hour (account_id, hour, touched_at)
  select account_id, {HOUR}, cast(:now as timestamptz) from stage_counted group by 1, 2 order by 1, 2
  on conflict (account_id, hour) do update set touched_at = greatest(touched_hour.touched_at, excluded.touched_at)
), back as (
  insert into stage_event select * from stage_counted
)
insert into event ({", ".join(_EVENT_COLUMNS)}) select {", ".join(_EVENT_COLUMNS)} from stage_counted
"""
"""What was counted before its month was dropped, and is read again: counting it once more would be wrong for good."""


def store_events(
    connection: Connection, rows: Sequence[tuple[Any, ...]], raws: Sequence[tuple[Any, ...]], now: datetime
) -> tuple[int, int]:
    """Return how many of `rows` were new, and how many of those are not counted: their day's counts outlived its calls.

    `raws` are their raw records, in the same order.

    Of the others each that came from elsewhere before, from LookupEvents, is given the log file that has it.

    Raises:
        IntegrityError: another transaction has stored one of them meanwhile (UniqueViolation).
    """
    stage.fill(connection, "stage_event", _STAGE_COLUMNS, rows)
    stored = known(connection, "event", "stage_event", rows)
    if stored:
        connection.execute(text(_NAME_LOG_FILES))
        forget(connection, "stage_event", stored)
        raws = [row for row in raws if row[:3] not in stored]
    counted_before = 0
    if raws:
        first = min(row[1] for row in raws)
        # What is new was never dropped: whatever is live is stored without a look.
        counted = counted_days(connection, EVERYTHING) if first < now - timedelta(days=LEAST_DAYS) else None
        may_be_counted = counted is not None and first.astimezone(UTC).date() <= counted[1]
        if may_be_counted:
            stage.fill(connection, "stage_counted", _STAGE_COLUMNS, ())
            connection.execute(text(_SET_COUNTED_ASIDE))
            counted_before = connection.execute(text("select count(*) from stage_counted")).scalar_one()
        connection.execute(text(_INSERT_EVENTS), {"now": now})
        if counted_before:
            connection.execute(text(_STORE_COUNTED), {"now": now})
        stage.copy_in(connection, "event_raw", _RAW_COLUMNS, raws)
    return len(raws), counted_before


_NOTHING = (None, None, None, None)


def event_row(event: Event, names: NameIds, origin: str) -> tuple[Any, ...]:
    """Return the row of an event for `store_events`."""
    actor, footage, time = event.actor, event.footage, event.event_time
    asked = _NOTHING if footage is None else (footage.start, footage.end, footage.kind, footage.clock)
    return (
        event.account,
        time,
        stage.guid(event.event_id),
        *names,
        bounded_or_none(event.access_key),
        event.key_kind,
        actor.kind,
        actor.session_name,
        actor.person,
        bounded_or_none(event.address),
        stage.inet(event.address),
        bounded_or_none(event.error_code),
        event.is_read_only,
        event.is_data_event,
        event.shared_event_id,
        event.request_id,
        event.api_name,
        event.url_expires_s,
        *asked[:2],
        event.vpc_endpoint_id,
        event.invoked_by,
        bounded_or_none(event.addendum_of),
        *asked[2:],
        bounded_or_none(event.addendum_reason),
        number_of(origin),
        time.date(),
    )


def raw_row(row: tuple[Any, ...], frame: bytes, origin: str) -> tuple[Any, ...]:
    """Return what is kept beside the `row` of an event: `frame` is its raw record, from `origin`."""
    return (*row[:3], frame, origin)
