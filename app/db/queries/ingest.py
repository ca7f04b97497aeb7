"""Events, sessions and rejected records into Postgres: each once, together with the cursor that read them.

One batch is one transaction: binary COPY into a temporary stage, then one statement that inserts what is new and feeds
the raw records, the rollups and the marks for evaluation from exactly the rows that it inserted. A reader that is
killed leaves nothing or all of a batch, cursor included. Counts come from RETURNING: numbers of affected rows lie on
Citus.
"""

import functools
import hashlib
import ipaddress
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import psycopg
import zstandard
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError, OperationalError

from app.core.arn import account_id
from app.core.model.batch import Arrival
from app.core.model.event import Actor, ActorKind, Event
from app.core.model.feed import Cursor, FeedKey, Progress
from app.core.model.session import IssuedSession
from app.core.trailfile.kinds import SESSION_SOURCE
from app.core.trailfile.packing import ENOUGH_RECORDS, Packer, dictionary_id, trained_dictionary, unpacked
from app.core.trailfile.shape import storable
from app.db.engine import lock
from app.db.partitions import Parent, ensure_months
from app.db.queries.dimensions import ALWAYS_FITS, NONE_ID, Ids, Wanted, bounded, principal_of, stream_of
from app.db.queries.feeds import advance


@dataclass(frozen=True, slots=True)
class Step:
    """How far a feed comes with a batch: stored with it, by the owner of its lease or not at all."""

    feed: FeedKey
    owner: str
    cursor: Cursor
    progress: Progress | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """What a batch added, and what of it was there before."""

    events: int = 0
    duplicate_events: int = 0
    sessions: int = 0
    duplicate_sessions: int = 0
    rejected: int = 0

    def __add__(self, other: "Stored") -> "Stored":
        return Stored(
            self.events + other.events,
            self.duplicate_events + other.duplicate_events,
            self.sessions + other.sessions,
            self.duplicate_sessions + other.duplicate_sessions,
            self.rejected + other.rejected,
        )


_ATTEMPTS = 5


class EventStore:
    """Stores batches. Holds the ids and the dictionary that it has learned; for one thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._ids = Ids()
        self._known: dict[_Names, tuple[int, int, int, int, int]] = {}
        self._packer = Packer()

    def store(self, arrivals: Sequence[Arrival], *, now: datetime, step: Step | None = None) -> Stored:
        """Store what `arrivals` brought and take `step`, in one transaction; again is the same as once.

        Raises:
            LeaseLost: another worker holds the feed by now. Nothing was stored.
        """
        events = {_key(each.event): (each.event, each.raw, a.origin) for a in arrivals for each in a.records}
        sessions = {_key(session): session for arrival in arrivals for session in arrival.sessions}
        self._learn([event for event, _, _ in events.values()], list(sessions.values()))
        packer = self._the_packer(now)

        def write() -> Stored:
            # Rows are made while they are sent: the server takes one in as the next is packed.
            event_rows = (self._event_row(*events[key], packer) for key in sorted(events))
            session_rows = (self._session_row(sessions[key]) for key in sorted(sessions))
            with self._engine.begin() as connection:
                if step is not None:
                    advance(connection, step.feed, step.owner, step.cursor, step.progress)
                new_events = _store_events(connection, event_rows, now) if events else 0
                new_sessions = _store_sessions(connection, session_rows, now) if sessions else 0
                rejected = _store_rejected(connection, arrivals, now)
            given_events = sum(len(arrival.records) for arrival in arrivals)
            given_sessions = sum(len(arrival.sessions) for arrival in arrivals)
            return Stored(new_events, given_events - new_events, new_sessions, given_sessions - new_sessions, rejected)

        return _repeated(write)

    def _learn(self, events: Sequence[Event], sessions: Sequence[IssuedSession]) -> None:
        """Know the ids of all names and have a partition for all times."""
        if len(self._known) > _MOST_KNOWN:
            self._known.clear()
        new = {names: event for event in events if (names := _names(event)) not in self._known}
        self._ids.learn(self._engine, _wanted(new.values(), sessions))
        for names, event in new.items():
            self._known[names] = self._ids_of(event)
        for parent, months in _months(events, sessions).items():
            with self._engine.begin() as connection:
                ensure_months(connection, parent, months)

    def _ids_of(self, event: Event) -> tuple[int, int, int, int, int]:
        ids = self._ids
        return (
            ids.actions[bounded(event.source), bounded(event.action)],
            ids.regions[bounded(event.region)],
            ids.streams[stream_of(event)],
            ids.principals[principal_of(event.actor)],
            ids.user_agents[bounded(event.user_agent or "")],
        )

    def _the_packer(self, now: datetime) -> Packer:
        """Return the packer of the newest dictionary; the first one is trained when there are enough records."""
        if self._packer.dictionary_id == 0:
            with self._engine.begin() as connection:
                self._packer = Packer(_newest_dictionary(connection) or _first_dictionary(connection, now))
        return self._packer

    def _event_row(self, event: Event, raw: bytes, origin: str, packer: Packer) -> tuple[Any, ...]:
        actor = event.actor
        return (
            event.account,
            event.event_time,
            _guid(event.event_id),
            *self._known[_names(event)],
            _bounded(event.access_key),
            event.key_kind.value,
            actor.kind.value,
            actor.session_name,
            actor.person,
            _bounded(event.address),
            _inet(event.address),
            _bounded(event.error_code),
            event.is_read_only,
            event.is_data_event,
            event.shared_event_id,
            event.request_id,
            event.api_name,
            event.url_expires_s,
            event.footage_from,
            event.footage_to,
            event.vpc_endpoint_id,
            event.invoked_by,
            event.addendum_of,
            packer.pack(raw),
            origin,
        )

    def _session_row(self, session: IssuedSession) -> tuple[Any, ...]:
        ids, caller = self._ids, session.caller
        return (
            session.account,
            session.event_time,
            _guid(session.event_id),
            ids.actions[SESSION_SOURCE, bounded(session.action)],
            ids.regions[bounded(session.region)],
            ids.principals[principal_of(_role_actor(session))] if session.role_arn else NONE_ID,
            session.session_name,
            _bounded(session.access_key),
            session.expires_at,
            ids.principals[principal_of(caller)],
            caller.kind.value,
            caller.account,
            caller.session_name,
            _bounded(session.caller_key),
            caller.person,
            session.source_identity,
            session.external_id_given,
            session.mfa_serial,
            _bounded(session.address),
            ids.user_agents[bounded(session.user_agent or "")],
            _bounded(session.error_code),
            session.shared_event_id,
        )


# ---------------------------------------------------------------- rows


def _key(found: Event | IssuedSession) -> tuple[int, datetime, str]:
    return found.account, found.event_time, found.event_id


_Names = tuple[int, str, str, str, str | None, str, int | None, str | None]
_MOST_KNOWN = 500_000


def _names(event: Event) -> _Names:
    """Return all that the ids of an event's names follow from: much fewer than there are events."""
    actor = event.actor
    return (
        event.account,
        event.source,
        event.action,
        event.region,
        event.stream,
        actor.principal,
        actor.account,
        event.user_agent,
    )


def _role_actor(session: IssuedSession) -> Actor:
    return Actor(ActorKind.ROLE, session.role_arn, account_id(session.role_arn))


def _wanted(events: Iterable[Event], sessions: Iterable[IssuedSession]) -> Wanted:
    wanted = Wanted()
    for event in events:
        wanted.add_principal(event.actor)
        stream = stream_of(event)
        if stream is not None:
            wanted.streams.add(stream)
        wanted.actions.add((bounded(event.source), bounded(event.action)))
        wanted.regions.add(bounded(event.region))
        wanted.user_agents.add(bounded(event.user_agent or ""))
    for session in sessions:
        wanted.add_principal(session.caller)
        if session.role_arn:
            wanted.add_principal(_role_actor(session))
        wanted.actions.add((SESSION_SOURCE, bounded(session.action)))
        wanted.regions.add(bounded(session.region))
        wanted.user_agents.add(bounded(session.user_agent or ""))
    return wanted


def _months(events: Sequence[Event], sessions: Sequence[IssuedSession]) -> dict[Parent, set[date]]:
    of_events = {event.event_time.date().replace(day=1) for event in events}
    of_sessions = {session.event_time.date().replace(day=1) for session in sessions}
    return {"event": of_events, "event_raw": of_events, "issued_session": of_sessions}


def _bounded(value: str | None) -> str | None:
    return value if value is None or len(value) <= ALWAYS_FITS else bounded(value)


def _guid(text_form: str) -> bytes:
    """Return a GUID as COPY sends it."""
    return bytes.fromhex(text_form.replace("-", ""))


@functools.lru_cache(262_144)
def _inet(address: str | None) -> bytes | None:
    """Return the address as COPY sends an inet, None for the name of a service.

    Cached, and in bytes at once: parsing and dumping it costs as much as the rest of the row.
    Source: PostgreSQL, src/backend/utils/adt/network.c, network_send: family, bits, is_cidr, length, address.
    """
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return None
    if isinstance(found, ipaddress.IPv4Address):
        return b"\2\x20\0\4" + found.packed
    # Postgres has no zones (fe80::1%eth0).
    return None if found.scope_id else b"\3\x80\0\x10" + found.packed


# ---------------------------------------------------------------- events

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
}
_STAGE_COLUMNS = {**_EVENT_COLUMNS, "raw": "bytea", "origin": "text"}
_FACETS = {
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
  insert into roll_hour (account_id, hour, action_id, n, errors)
  select account_id, hour, action_id, count(*), count(error_code) from ins group by 1, 2, 3 order by 1, 2, 3
  on conflict (account_id, hour, action_id) do update
  set n = roll_hour.n + excluded.n, errors = roll_hour.errors + excluded.errors
), the_dims as (
  insert into roll_dim (account_id, day, kind, value, n, errors)
  select account_id, day, kind, value, count(*), count(error_code)
  from ({
    " union all ".join(
        f"select account_id, day, '{kind}' as kind, {value} as value, error_code from ins"
        for kind, value in _FACETS.items()
    )
}) as facet
  where value is not null group by 1, 2, 3, 4 order by 1, 2, 3, 4
  on conflict (account_id, day, kind, value) do update
  set n = roll_dim.n + excluded.n, errors = roll_dim.errors + excluded.errors
), the_days as (
  insert into roll_day (account_id, stream_id, day, principal_id, action_id, n, errors, first_seen, last_seen)
  select account_id, stream_id, day, principal_id, action_id, count(*), count(error_code), min(event_time),
  max(event_time) from ins group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5
  on conflict (account_id, stream_id, day, principal_id, action_id) do update
  set n = roll_day.n + excluded.n, errors = roll_day.errors + excluded.errors,
      first_seen = least(roll_day.first_seen, excluded.first_seen),
      last_seen = greatest(roll_day.last_seen, excluded.last_seen)
), touched as (
  insert into touched_hour (account_id, hour, touched_at)
  select account_id, hour, cast(:now as timestamptz) from ins group by 1, 2 order by 1, 2
  on conflict (account_id, hour) do update set touched_at = greatest(touched_hour.touched_at, excluded.touched_at)
)
select count(*) from ins
"""
"""What is new, and all that follows from it. Each rollup is sorted by its key: two writers then wait, not deadlock."""


def _store_events(connection: Connection, rows: Iterable[tuple[Any, ...]], now: datetime) -> int:
    """Return how many of `rows` were new."""
    _copy(connection, "stage_event", _STAGE_COLUMNS, rows)
    return int(connection.execute(text(_INSERT_EVENTS), {"now": now}).scalar_one())


# ---------------------------------------------------------------- sessions

_SESSION_COLUMNS = {
    "account_id": "int8",
    "event_time": "timestamptz",
    "event_id": "uuid",
    "action_id": "int4",
    "region_id": "int4",
    "role_id": "int4",
    "session_name": "text",
    "access_key": "text",
    "expires_at": "timestamptz",
    "caller_id": "int4",
    "caller_kind": "text",
    "caller_account_id": "int8",
    "caller_session_name": "text",
    "caller_key": "text",
    "person": "text",
    "source_identity": "text",
    "external_id_given": "bool",
    "mfa_serial": "text",
    "address": "text",
    "user_agent_id": "int4",
    "error_code": "text",
    "shared_event_id": "text",
}
_INSERT_SESSIONS = f"""
with ins as (
  insert into issued_session ({", ".join(_SESSION_COLUMNS)}) select {", ".join(_SESSION_COLUMNS)} from stage_session
  order by account_id, event_time, event_id
  on conflict do nothing
  returning account_id, date_trunc('hour', event_time, 'UTC') as hour
), touched as (
  insert into touched_hour (account_id, hour, touched_at)
  select account_id, hour, cast(:now as timestamptz) from ins group by 1, 2 order by 1, 2
  on conflict (account_id, hour) do update set touched_at = greatest(touched_hour.touched_at, excluded.touched_at)
)
select count(*) from ins
"""
"""A session that arrives late may mend a chain that was broken: its hour is evaluated again."""


def _store_sessions(connection: Connection, rows: Iterable[tuple[Any, ...]], now: datetime) -> int:
    """Return how many of `rows` were new."""
    _copy(connection, "stage_session", _SESSION_COLUMNS, rows)
    return int(connection.execute(text(_INSERT_SESSIONS), {"now": now}).scalar_one())


# ---------------------------------------------------------------- rejected

_INSERT_REJECTED = """
with ins as (
  insert into rejected_record (account_id, origin, place, reason, rejected_at, content_hash, raw)
  select account_id, origin, place, reason, :now, content_hash, raw
  from unnest(cast(:accounts as bigint[]), cast(:origins as text[]), cast(:places as text[]), cast(:reasons as text[]),
              cast(:hashes as bytea[]), cast(:raws as bytea[]))
       as t (account_id, origin, place, reason, content_hash, raw)
  on conflict do nothing returning 1
)
select count(*) from ins
"""


def _store_rejected(connection: Connection, arrivals: Sequence[Arrival], now: datetime) -> int:
    """Return how many rejections were new: the same file read twice is rejected once."""
    found = [(arrival, rejected) for arrival in arrivals for rejected in arrival.rejected]
    if not found:
        return 0
    values = {
        "now": now,
        "accounts": [arrival.account or 0 for arrival, _ in found],
        "origins": [bounded(arrival.origin) for arrival, _ in found],
        "places": [bounded(rejected.place) for _, rejected in found],
        "reasons": [storable(rejected.reason) for _, rejected in found],
        "hashes": [hashlib.sha256(rejected.raw).digest() for _, rejected in found],
        "raws": [zstandard.compress(rejected.raw) if rejected.raw else None for _, rejected in found],
    }
    return int(connection.execute(text(_INSERT_REJECTED), values).scalar_one())


# ---------------------------------------------------------------- dictionaries


def _newest_dictionary(connection: Connection) -> bytes | None:
    found = connection.execute(text("select content from zdict order by trained_at desc limit 1")).scalar_one_or_none()
    return None if found is None else bytes(found)


def _first_dictionary(connection: Connection, now: datetime) -> bytes | None:
    """Train and store a dictionary when there are enough records for the first one; return it, or None."""
    enough = text("select count(*) >= :enough from (select 1 from event_raw limit :enough) as first_ones")
    if not connection.execute(enough, {"enough": ENOUGH_RECORDS}).scalar_one():
        return None
    lock(connection, "zdict")
    trained = _newest_dictionary(connection)
    if trained is not None:
        return trained
    rows = connection.execute(text("select raw from event_raw limit :enough"), {"enough": ENOUGH_RECORDS}).scalars()
    samples = [unpacked(bytes(row)) for row in rows]
    try:
        trained = trained_dictionary(samples)
    except zstandard.ZstdError:
        # Records too few in kind to learn from: plain frames do for now.
        return None
    connection.execute(
        text("insert into zdict (id, trained_at, samples, content) values (:id, :now, :samples, :content)"),
        {"id": dictionary_id(trained), "now": now, "samples": len(samples), "content": trained},
    )
    return trained


# ---------------------------------------------------------------- how


_AS_BYTES = {"uuid": "bytea", "inet": "bytea"}


def _copy(connection: Connection, stage: str, columns: Mapping[str, str], rows: Iterable[tuple[Any, ...]]) -> None:
    """Fill a temporary table by binary COPY; it is empty again when the transaction ends."""
    definition = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    connection.execute(text("set local jit = off"))
    connection.execute(text(f"create temporary table if not exists {stage} ({definition}) on commit delete rows"))
    driver = connection.connection.driver_connection
    if not isinstance(driver, psycopg.Connection):
        raise TypeError(f"COPY needs psycopg, not {type(driver).__name__}")
    try:
        with (
            driver.cursor() as cursor,
            cursor.copy(f"copy {stage} ({', '.join(columns)}) from stdin (format binary)") as copy,
        ):
            # Binary COPY carries no types: what is bytes already is sent as it is.
            copy.set_types([_AS_BYTES.get(kind, kind) for kind in columns.values()])
            for row in rows:
                copy.write_row(row)
    except psycopg.OperationalError as error:
        # COPY goes past SQLAlchemy: a lost server must look the same from here as from any statement.
        raise OperationalError(f"copy {stage}", None, error) from error


_PASSING = (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure, psycopg.errors.LockNotAvailable)


def _repeated(write: Callable[[], Stored]) -> Stored:
    """Run a transaction again when another one was in its way."""
    for _ in range(_ATTEMPTS - 1):
        try:
            return write()
        except DBAPIError as error:
            if not isinstance(error.orig, _PASSING):
                raise
    return write()
