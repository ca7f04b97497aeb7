"""Events: what is new of a batch, its raw records, and every rollup and mark that follows from it, in one statement."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from app.core.integrity.files import number_of
from app.core.model.event import Event
from app.db import stage
from app.db.queries.dimensions import bounded_or_none

NameIds = tuple[int, int, int, int, int]
"""Ids of the event's action, Region, stream, principal and user agent."""

_EVENT_COLUMNS = {
    "account_id": "int8",
    "event_time": "timestamptz",
    "event_id": "uuid",
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
_STAGE_COLUMNS = {**_EVENT_COLUMNS, "raw": "bytea", "origin": "text"}
FACETS = {
    "action": "cast(action_id as text)",
    "principal": "cast(principal_id as text)",
    "stream": "cast(stream_id as text)",
    "region": "cast(region_id as text)",
    "user_agent": "cast(user_agent_id as text)",
    "address": "address",
    "error": "error_code",
    # Temporary keys are as many as sessions; a long-term key is worth a row a day.
    "key": "case when key_kind = 'long_term' then access_key end",
}
"""The kinds of roll_dim, and where each has its value. No value, no row."""

_INSERT_EVENTS = f"""
with ins as (
  insert into event ({", ".join(_EVENT_COLUMNS)}) select {", ".join(_EVENT_COLUMNS)} from stage_event
  order by account_id, event_time, event_id
  on conflict do nothing
  returning account_id, event_time, event_id, action_id, region_id, stream_id, principal_id, user_agent_id,
            access_key, key_kind, address, error_code,
            date_trunc('hour', event_time, 'UTC') as hour, cast(event_time at time zone 'UTC' as date) as day
), the_raw as (
  insert into event_raw (account_id, event_time, event_id, raw, origin)
  select account_id, event_time, event_id, raw, origin from stage_event join ins using (account_id, event_time,
  event_id) on conflict do nothing
), the_hours as (
  insert into roll_hour (account_id, action_id, hour, n, errors)
  select account_id, action_id, hour, count(*), count(error_code) from ins group by 1, 2, 3 order by 1, 2, 3
  on conflict (account_id, action_id, hour) do update
  set n = roll_hour.n + excluded.n, errors = roll_hour.errors + excluded.errors
), the_dims as (
  insert into roll_dim (account_id, kind, day, value, n, errors)
  select account_id, kind, day, value, count(*), count(error_code)
  from ({
    " union all ".join(
        f"select account_id, day, '{kind}' as kind, {value} as value, error_code from ins"
        for kind, value in FACETS.items()
    )
}) as facet
  where value is not null group by 1, 2, 3, 4 order by 1, 2, 3, 4
  on conflict (account_id, kind, day, value) do update
  set n = roll_dim.n + excluded.n, errors = roll_dim.errors + excluded.errors
), the_days as (
  insert into roll_day (account_id, stream_id, day, principal_id, action_id, n, errors, first_seen, last_seen)
  select account_id, stream_id, day, principal_id, action_id, count(*), count(error_code), min(event_time),
  max(event_time) from ins group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5
  on conflict (account_id, stream_id, day, principal_id, action_id) do update
  set n = roll_day.n + excluded.n, errors = roll_day.errors + excluded.errors,
      first_seen = least(roll_day.first_seen, excluded.first_seen),
      last_seen = greatest(roll_day.last_seen, excluded.last_seen)
), the_uses as (
  insert into roll_use (account_id, principal_id, action_id, first_at, last_at)
  select account_id, principal_id, action_id, min(event_time), max(event_time) from ins
  where error_code is null and principal_id <> 0 group by 1, 2, 3 order by 1, 2, 3
  on conflict (account_id, principal_id, action_id) do update
  set first_at = least(roll_use.first_at, excluded.first_at), last_at = greatest(roll_use.last_at, excluded.last_at)
), touched as (
  insert into touched_hour (account_id, hour, touched_at)
  select account_id, hour, cast(:now as timestamptz) from ins group by 1, 2 order by 1, 2
  on conflict (account_id, hour) do update set touched_at = greatest(touched_hour.touched_at, excluded.touched_at)
)
select count(*) from ins
"""
"""What is new, and all that follows from it. Each rollup is sorted by its key: two writers then wait, not deadlock."""


def store_events(connection: Connection, rows: Iterable[tuple[Any, ...]], now: datetime) -> int:
    """Return how many of `rows` were new."""
    stage.fill(connection, "stage_event", _STAGE_COLUMNS, rows)
    return int(connection.execute(text(_INSERT_EVENTS), {"now": now}).scalar_one())


_NAME_LOG_FILES = """
update event e set log_file = s.log_file from stage_event s
where e.account_id = s.account_id and e.event_time = s.event_time and e.event_id = s.event_id
  and e.log_file is null and s.log_file is not null
"""


def name_log_files(connection: Connection) -> None:
    """Give the events of the stage that came from elsewhere before, from LookupEvents, the log file that has them."""
    connection.execute(text(_NAME_LOG_FILES))


_NOTHING = (None, None, None, None)


def event_row(event: Event, names: NameIds, frame: bytes, origin: str) -> tuple[Any, ...]:
    """Return the row of an event for `store_events`; `frame` is its raw record as it is kept."""
    actor, footage = event.actor, event.footage
    asked = _NOTHING if footage is None else (footage.start, footage.end, footage.kind.value, footage.clock)
    return (
        event.account,
        event.event_time,
        stage.guid(event.event_id),
        *names,
        bounded_or_none(event.access_key),
        event.key_kind.value,
        actor.kind.value,
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
        frame,
        origin,
    )
