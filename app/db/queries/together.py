"""Stored records that belong to some of a batch: the assumptions that no record shows on its own are judged by both."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection

from app.core.assumptions._together import OneName, OneRequest
from app.core.ledger.together import Found, Probe, Probes, is_brought_beside, of_two_trails
from app.core.model.batch import Arrival
from app.db.queries.dimensions import bounded, bounded_or_none, stream_of
from app.db.sql import text

_ASKED = """unnest(cast(:accounts as bigint[]), cast(:times as timestamptz[]), cast(:ids as uuid[]),
  cast(:requests as text[]), cast(:actions as text[]), cast(:regions as text[]), cast(:kinds as text[]),
  cast(:names as text[]), cast(:arns as text[])) with ordinality
  as p (account_id, event_time, event_id, request_id, action, region, kind, name, arn, place)"""
_RAW = "left join event_raw r on (r.account_id, r.event_time, r.event_id) = (e.account_id, e.event_time, e.event_id)"
_ACTION = "array(select a.id from action a where a.name = p.action)"

_OF_THAT_SECOND = f"""
select p.place, (
  select json_agg(json_build_array(e.event_id, true, r.origin)) from event e {_RAW}
  where e.account_id = p.account_id and e.event_time = p.event_time and e.event_time between :first and :last
    and (e.event_id = p.event_id
      or (e.request_id = p.request_id and e.action_id = any({_ACTION}) and e.addendum_of is null))
) as found from {_ASKED}
"""
_OF_THAT_HOUR = f"""
select p.place, (
  select json_agg(json_build_array(e.event_id, e.event_time = p.event_time, r.origin)) from event e {_RAW}
  where e.account_id = p.account_id
    and e.stream_id = (select s.id from stream s where s.account_id = p.account_id and s.region = p.region
      and s.kind = p.kind and s.name = p.name and s.arn is not distinct from p.arn)
    and e.event_time between p.event_time - interval '1 hour' and p.event_time + interval '1 hour'
    and e.event_time between cast(:first as timestamptz) - interval '1 hour'
      and cast(:last as timestamptz) + interval '1 hour'
    and e.request_id = p.request_id and e.action_id = any({_ACTION}) and e.event_id <> p.event_id
    and e.addendum_of is null
) as found from {_ASKED}
"""
"""A back end ends a PutMedia after 45 minutes: its two ends, were both recorded, lie no further apart."""
_OF_THAT_NAME = f"""
select p.place, (
  select json_agg(json_build_array(e.event_id, s.arn)) from stream s
  join roll_day d on d.account_id = s.account_id and d.stream_id = s.id and d.action_id = any({_ACTION})
  join event e on e.account_id = s.account_id and e.stream_id = s.id and e.action_id = d.action_id
    and e.event_time between d.first_seen and d.last_seen
  where s.account_id = p.account_id and s.region = p.region and s.kind = p.kind and s.name = p.name
    and s.arn is not null and e.error_code is null and e.event_id <> p.event_id
    and e.request_id is distinct from p.request_id and e.addendum_of is null
) as found from {_ASKED}
"""
"""By the rollup of days: a stream that was made once is asked for with all its calls since."""


def stored_together(connection: Connection, arrivals: Sequence[Arrival], probes: Probes) -> Iterator[Found]:
    """Yield what is stored that belongs to the records which are asked after; the batch, `arrivals`, is by then."""
    for probe, (event_id, _, origin) in _found(connection, _OF_THAT_SECOND, probes.requests):
        is_same, of_two = event_id == probe.event.event_id, of_two_trails(probe.origin, origin or "")
        if is_same or not of_two or not is_brought_beside(arrivals, probe, event_id):
            yield OneRequest(probe.event.action, is_same, True, of_two), probe.key, probe.is_emulated
    for probe, (_, is_same_time, origin) in _found(connection, _OF_THAT_HOUR, probes.connections):
        of_two = of_two_trails(probe.origin, origin or "")
        yield OneRequest(probe.event.action, False, is_same_time, of_two), probe.key, probe.is_emulated
    for probe, (_, arn) in _found(connection, _OF_THAT_NAME, probes.creations):
        if probe.event.error_code is None and probe.event.stream:
            yield OneName(arn == bounded(probe.event.stream)), probe.key, probe.is_emulated


def _found(connection: Connection, sql: str, probes: Sequence[Probe]) -> Iterator[tuple[Probe, list[Any]]]:
    """Yield each record that was found, with the one that it was found for."""
    if not probes:
        return
    events = [probe.event for probe in probes]
    streams = [stream_of(event) or (0, "", "", "", None) for event in events]
    values = {
        "accounts": [event.account for event in events],
        "times": [event.event_time for event in events],
        "ids": [event.event_id for event in events],
        "requests": [event.request_id for event in events],
        "actions": [bounded(event.action) for event in events],
        "regions": [stream[1] for stream in streams],
        "kinds": [stream[2] for stream in streams],
        "names": [stream[3] for stream in streams],
        "arns": [bounded_or_none(stream[4]) for stream in streams],
        "first": min(event.event_time for event in events),
        "last": max(event.event_time for event in events),
    }
    for row in connection.execute(text(sql), values):
        for found in row.found or ():
            yield probes[row.place - 1], found
