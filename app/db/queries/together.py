"""Stored records that belong to some of a batch: the assumptions that no record shows on its own are judged by both."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from app.core.assumptions._together import OneKey, OneName, OneRequest
from app.core.ledger.together import Found, Probe, Probes, of_one_request
from app.core.model.batch import Arrival
from app.core.model.event import KeyKind
from app.core.model.session import IssuedToken
from app.core.model.sighting import RecordKey
from app.core.trailfile.kinds import USER_SESSION_NAME
from app.db.queries.dimensions import bounded, bounded_or_none, stream_of
from app.db.sql import text

_ASKED = """unnest(cast(:accounts as bigint[]), cast(:times as timestamptz[]), cast(:ids as uuid[]),
  cast(:requests as text[]), cast(:actions as text[]), cast(:regions as text[]), cast(:kinds as text[]),
  cast(:names as text[]), cast(:arns as text[])) with ordinality
  as p (account_id, event_time, event_id, request_id, action, region, kind, name, arn, place)"""
_RAW = "left join event_raw r on (r.account_id, r.event_time, r.event_id) = (e.account_id, e.event_time, e.event_id)"
_MOST_OF_A_PROBE, _MOST_ARNS = 4, 10
"""So many records that belong to one are looked at, and so many ARNs of one name, the newest: tests may make a stream
again and again, and each batch would read all of them."""
_ACTION = "array(select a.id from action a where a.name = p.action)"

_OF_THAT_SECOND = f"""
select p.place, (
  select json_agg(json_build_array(found.event_id, found.origin)) from (
    select e.event_id, r.origin from event e {_RAW}
    where e.account_id = p.account_id and e.event_time = p.event_time and e.event_time between :first and :last
      and (e.event_id = p.event_id
        or (e.request_id = p.request_id and e.action_id = any({_ACTION}) and e.addendum_of is null))
    order by e.event_id <> p.event_id limit {_MOST_OF_A_PROBE}
  ) as found
) as found from {_ASKED}
"""
_OF_THAT_HOUR = f"""
select p.place, (
  select json_agg(found.event_id) from (
    select e.event_id from event e
    where e.account_id = p.account_id
      and e.stream_id = (select s.id from stream s where s.account_id = p.account_id and s.region = p.region
        and s.kind = p.kind and s.name = p.name and s.arn is not distinct from p.arn)
      and e.event_time between p.event_time - interval '1 hour' and p.event_time + interval '1 hour'
      and e.event_time between cast(:first as timestamptz) - interval '1 hour'
        and cast(:last as timestamptz) + interval '1 hour'
      and e.event_time <> p.event_time and e.request_id = p.request_id and e.action_id = any({_ACTION})
      and e.addendum_of is null
    limit 1
  ) as found
) as found from {_ASKED}
"""
"""A back end ends a PutMedia after 45 minutes: its two ends, were both recorded, lie no further apart."""
_MADE = f"""
  select true from roll_day d
  join event e on e.account_id = d.account_id and e.stream_id = d.stream_id and e.action_id = d.action_id
    and e.event_time between d.first_seen and d.last_seen
  where d.account_id = p.account_id and d.stream_id = s.id and d.action_id = any({_ACTION})
    and e.error_code is null and e.addendum_of is null
"""
"""By the rollup of days: a stream that was made once is asked for with all its calls since."""
_NAMED = "s.account_id = p.account_id and s.region = p.region and s.kind = p.kind and s.name = p.name"
_OF_THAT_ARN = f"""
select p.place, (
  select json_agg(s.arn) from stream s where {_NAMED} and s.arn = p.arn
    and ({_MADE} and e.event_id <> p.event_id and e.request_id is distinct from p.request_id limit 1)
) as found from {_ASKED}
"""
_OF_THAT_NAME = f"""
select p.place, (
  select json_agg(made.arn) from (
    select s.arn from (
      select s.id, s.arn from stream s where {_NAMED} and s.arn is not null order by s.arn desc limit {_MOST_ARNS}
    ) as s where ({_MADE} limit 1) limit 2
  ) as made
) as found from {_ASKED}
"""
"""Two ARNs: one of them is another one than that of whatever was made under the name."""

_KEYS = """unnest(cast(:accounts as bigint[]), cast(:keys as text[])) with ordinality
  as p (account_id, access_key, place)"""
_GAVE_IT = f"""
select p.place, '{USER_SESSION_NAME}' as issued_by, t.is_of_long_term, t.is_emulated
from {_KEYS} join issued_token t on t.account_id = p.account_id and t.access_key = p.access_key
union all
select p.place, a.name, false, false
from {_KEYS} join issued_session i on i.access_key = p.access_key join action a on a.id = i.action_id
"""
_USED_IT = f"""
select p.place, (
  select json_build_array(e.event_time, e.event_id) from event e
  where e.account_id = p.account_id and e.access_key = p.access_key and e.actor_kind = 'user'
    and e.key_kind = '{KeyKind.TEMPORARY_OF_USER}' and e.invoked_by is null
  order by e.event_time limit 1
) as found from {_KEYS}
"""
_STORE_TOKENS = """
insert into issued_token (account_id, access_key, event_time, event_id, is_of_long_term, is_emulated)
select * from unnest(cast(:accounts as bigint[]), cast(:keys as text[]), cast(:times as timestamptz[]),
  cast(:ids as uuid[]), cast(:long as boolean[]), cast(:emulated as boolean[]))
on conflict (account_id, access_key) do nothing
"""


def store_tokens(connection: Connection, tokens: Sequence[IssuedToken]) -> None:
    """Keep which keys GetSessionToken gave out: calls with them may come later."""
    if not tokens:
        return
    of_key = {(token.account, bounded(token.access_key)): token for token in tokens}
    in_order = [of_key[key] for key in sorted(of_key)]
    values = {
        "accounts": [token.account for token in in_order],
        "keys": [bounded(token.access_key) for token in in_order],
        "times": [token.event_time for token in in_order],
        "ids": [token.event_id for token in in_order],
        "long": [token.is_of_long_term for token in in_order],
        "emulated": [token.is_emulated for token in in_order],
    }
    connection.execute(text(_STORE_TOKENS), values)


def stored_together(connection: Connection, arrivals: Sequence[Arrival], probes: Probes) -> Iterator[Found]:
    """Yield what is stored that belongs to the records which are asked after; the batch, `arrivals`, is by then."""
    of_second = _found(connection, _OF_THAT_SECOND, probes.requests)
    yield from of_one_request(((probe, event_id, origin or "") for probe, (event_id, origin) in of_second), arrivals)
    for probe, _ in _found(connection, _OF_THAT_HOUR, probes.connections):
        yield OneRequest(probe.event.action, False, False, None), probe.key, probe.is_emulated
    yield from _with_what_was_made(connection, probes.creations)
    yield from _with_what_gave(connection, probes.keys)
    yield from _with_what_used(connection, probes.tokens)


def _with_what_was_made(connection: Connection, probes: Sequence[Probe]) -> Iterator[Found]:
    """Yield what was made, with what was made of its ARN, and of its name under another ARN: of each name in one go."""
    of_name: dict[tuple[Any, ...], list[tuple[Probe, str]]] = {}
    for probe in probes:
        *name, arn = stream_of(probe.event) or (None,)
        if probe.event.error_code is None and arn:
            of_name.setdefault((*name, probe.event.action), []).append((probe, arn))
    made = [probe for named in of_name.values() for probe, _ in named]
    for probe, _ in _found(connection, _OF_THAT_ARN, made):
        yield OneName(is_same_arn=True), probe.key, probe.is_emulated
    asked = {named[0][0].key: named for named in of_name.values()}
    for one, other in _found(connection, _OF_THAT_NAME, [named[0][0] for named in of_name.values()]):
        for probe, arn in asked[one.key]:
            if other != arn:
                yield OneName(is_same_arn=False), probe.key, probe.is_emulated


def _with_what_gave(connection: Connection, probes: Sequence[Probe]) -> Iterator[Found]:
    """Yield calls of users with what gave them their keys. The console's and those by services are of others."""
    wanted = [
        probe
        for probe in probes
        if probe.event.key_kind is KeyKind.TEMPORARY_OF_USER and not probe.event.invoked_by and probe.event.access_key
    ]
    if wanted:
        keys = [bounded_or_none(probe.event.access_key) for probe in wanted]
        values = {"accounts": [probe.event.account for probe in wanted], "keys": keys}
        for row in connection.execute(text(_GAVE_IT), values):
            probe = wanted[row.place - 1]
            yield OneKey(row.issued_by, row.is_of_long_term), probe.key, probe.is_emulated or row.is_emulated


def _with_what_used(connection: Connection, tokens: Sequence[IssuedToken]) -> Iterator[Found]:
    """Yield what was called, before their records came, with keys that GetSessionToken gave out."""
    if not tokens:
        return
    values = {
        "accounts": [token.account for token in tokens],
        "keys": [bounded(token.access_key) for token in tokens],
    }
    for row in connection.execute(text(_USED_IT), values):
        if row.found:
            token = tokens[row.place - 1]
            key = RecordKey(datetime.fromisoformat(row.found[0]), row.found[1], token.account)
            yield OneKey(USER_SESSION_NAME, token.is_of_long_term), key, token.is_emulated


def _found(connection: Connection, sql: str, probes: Sequence[Probe]) -> Iterator[tuple[Probe, Any]]:
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
