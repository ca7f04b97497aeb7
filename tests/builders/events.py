"""Events in the database: rows, raw records and rollups as ingest leaves them."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import zstandard
from sqlalchemy import Connection, text

from app.core import arn
from app.core.model.event import Actor, ActorKind, Event, KeyKind

NOW = datetime(2026, 11, 23, 9, 41, tzinfo=UTC)
CLINIC = 590817264433
ROLE = f"arn:aws:iam::{CLINIC}:role/ArchiveReader"
STREAM = f"arn:aws:kinesisvideo:eu-central-1:{CLINIC}:stream/ward-3-corridor/1719000000000"

EVENT = Event(
    account=CLINIC,
    event_id="6f0b2f1e-93c1-4d0a-9d52-0f4b1a77c3e9",
    event_time=NOW - timedelta(hours=6, minutes=28, seconds=16),
    source="kinesisvideo.amazonaws.com",
    action="GetClip",
    region="eu-central-1",
    actor=Actor(ActorKind.ROLE, ROLE, CLINIC, "sync-job-7"),
    access_key="ASIAQ4EXAMPLE0000001",
    key_kind=KeyKind.TEMPORARY,
    address="198.51.100.204",
    user_agent="Boto3/1.44.5 md/Botocore#1.44.5",
    stream=STREAM,
    error_code=None,
    error_message=None,
    is_read_only=True,
    is_data_event=True,
)


def event(number: int = 0, **changes: Any) -> Event:
    """Return an event; `number` makes its id and, half a minute apart, its time its own."""
    made = replace(
        EVENT,
        event_id=str(UUID(int=UUID(EVENT.event_id).int + number)),
        event_time=EVENT.event_time + timedelta(seconds=30 * number),
    )
    return replace(made, **changes)


def store(connection: Connection, events: Iterable[Event], *, own: Iterable[str] = ()) -> None:
    """Insert events with their raw records and rollups; `own` are the event ids marked as our own calls."""
    mine = frozenset(own)
    for each in events:
        ids = _ids(connection, each)
        for table in ("event", "event_raw"):
            connection.execute(
                text("select ensure_month(:table, :month)"), {"table": table, "month": each.event_time.date()}
            )
        _insert_event(connection, each, ids, is_own=each.event_id in mine)
        _insert_raw(connection, each)
        _roll(connection, each, ids)


def _ids(connection: Connection, event: Event) -> dict[str, int]:
    stream = arn.parsed(event.stream or "")
    name = stream.resource.split("/")[1] if stream else event.stream
    return {
        "action_id": _id(connection, "action", source=event.source, name=event.action),
        "region_id": _id(connection, "region", name=event.region),
        "user_agent_id": _id(connection, "user_agent", value=event.user_agent) if event.user_agent else 0,
        "stream_id": _id(
            connection,
            "stream",
            account_id=event.account,
            region=event.region,
            kind="stream",
            name=name,
            arn=event.stream if stream else None,
        )
        if name
        else 0,
        "principal_id": _id(
            connection,
            "principal",
            account_id=event.actor.account or 0,
            arn=event.actor.principal,
            kind=event.actor.kind,
            name=event.actor.principal.rpartition("/")[2],
        ),
    }


def _id(connection: Connection, table: str, **values: Any) -> int:
    keys = [key for key in values if not (table == "principal" and key in {"kind", "name"})]
    found = connection.execute(
        text(f"select id from {table} where " + " and ".join(f"{key} is not distinct from :{key}" for key in keys)),
        {key: values[key] for key in keys},
    ).scalar_one_or_none()
    if found is not None:
        return found
    columns = ", ".join(values)
    marks = ", ".join(f":{key}" for key in values)
    return connection.execute(
        text(f"insert into {table} ({columns}) values ({marks}) returning id"), values
    ).scalar_one()


def _insert_event(connection: Connection, event: Event, ids: dict[str, int], *, is_own: bool) -> None:
    values = {
        "account_id": event.account,
        "event_time": event.event_time,
        "event_id": event.event_id,
        "access_key": event.access_key,
        "key_kind": event.key_kind,
        "actor_kind": event.actor.kind,
        "session_name": event.actor.session_name,
        "person": event.actor.person,
        "address": event.address,
        "ip": event.address if event.address and event.address[0].isdecimal() else None,
        "error_code": event.error_code,
        "is_read_only": event.is_read_only,
        "is_data_event": event.is_data_event,
        "is_own": is_own,
        "api_name": event.api_name,
        "url_expires_s": event.url_expires_s,
        "footage_from": event.footage_from,
        "footage_to": event.footage_to,
        **ids,
    }
    columns = ", ".join(values)
    marks = ", ".join("cast(:ip as inet)" if key == "ip" else f":{key}" for key in values)
    connection.execute(text(f"insert into event ({columns}) values ({marks})"), values)


def raw(event: Event) -> bytes:
    """Return the raw record that `store` keeps for an event."""
    return json.dumps(
        {
            "eventVersion": "1.11",
            "userIdentity": {"type": "AssumedRole", "accessKeyId": event.access_key},
            "eventTime": f"{event.event_time:%Y-%m-%dT%H:%M:%SZ}",
            "eventName": event.action,
            "userAgent": event.user_agent,
            "eventID": event.event_id,
        }
    ).encode()


def _insert_raw(connection: Connection, event: Event) -> None:
    connection.execute(
        text("""insert into event_raw (account_id, event_time, event_id, raw, origin)
                values (:account, :time, :id, :raw, 's3://trail-archive/AWSLogs/one.json.gz')"""),
        {
            "account": event.account,
            "time": event.event_time,
            "id": event.event_id,
            "raw": zstandard.ZstdCompressor().compress(raw(event)),
        },
    )


def _roll(connection: Connection, event: Event, ids: dict[str, int]) -> None:
    errors = int(event.error_code is not None)
    at = event.event_time
    shared = {"account": event.account, "errors": errors}
    connection.execute(
        text("""insert into roll_hour values (:account, :hour, :action_id, 1, :errors)
                on conflict (account_id, hour, action_id) do update
                set n = roll_hour.n + 1, errors = roll_hour.errors + excluded.errors"""),
        shared | ids | {"hour": at.replace(minute=0, second=0, microsecond=0)},
    )
    kinds = {
        "principal": ids["principal_id"],
        "stream": ids["stream_id"],
        "action": ids["action_id"],
        "region": ids["region_id"],
        "user_agent": ids["user_agent_id"],
        "address": event.address,
        "key": event.access_key,
        "error": event.error_code,
    }
    for kind, value in kinds.items():
        if value is not None:
            connection.execute(
                text("""insert into roll_dim values (:account, :day, :kind, :value, 1, :errors)
                        on conflict (account_id, day, kind, value) do update
                        set n = roll_dim.n + 1, errors = roll_dim.errors + excluded.errors"""),
                shared | {"day": at.date(), "kind": kind, "value": str(value)},
            )
    connection.execute(
        text("""insert into roll_day values
                  (:account, :stream_id, :day, :principal_id, :action_id, 1, :errors, :at, :at)
                on conflict (account_id, stream_id, day, principal_id, action_id) do update
                set n = roll_day.n + 1, errors = roll_day.errors + excluded.errors,
                    first_seen = least(roll_day.first_seen, excluded.first_seen),
                    last_seen = greatest(roll_day.last_seen, excluded.last_seen)"""),
        shared | ids | {"day": at.date(), "at": at},
    )
    if not errors and ids["principal_id"]:
        roll_use(connection, event.account, ids["principal_id"], ids["action_id"], at)


def roll_use(connection: Connection, account_id: int, principal_id: int, action_id: int, at: datetime) -> None:
    """Note that a principal called an action with success."""
    connection.execute(
        text("""insert into roll_use values (:account, :principal, :action, :at, :at)
                on conflict (account_id, principal_id, action_id) do update
                set first_at = least(roll_use.first_at, excluded.first_at),
                    last_at = greatest(roll_use.last_at, excluded.last_at)"""),
        {"account": account_id, "principal": principal_id, "action": action_id, "at": at},
    )


def count_by(events: Iterable[Event], field: str) -> Counter[Any]:
    """Return how many events have each value of a field."""
    return Counter(getattr(each, field) for each in events)
