"""Events in the database: rows, raw records and rollups as ingest leaves them."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID

from msgspec.structs import replace
from sqlalchemy import Connection, Engine, text

from app.core.model.batch import Arrival
from app.core.model.event import Actor, ActorKind, Event, KeyKind, Record
from app.db.queries import ingest

NOW = datetime(2026, 11, 23, 9, 41, tzinfo=UTC)
CLINIC = 590817264433
ROLE = f"arn:aws:iam::{CLINIC}:role/ArchiveReader"
STREAM = f"arn:aws:kinesisvideo:eu-central-1:{CLINIC}:stream/ward-3-corridor/1719000000000"
ORIGIN = "s3://trail-archive/AWSLogs/one.json.gz"

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


def change(number: int, action: str, *targets: str, **changes: Any) -> Event:
    """Return a change of permissions that is about `targets`."""
    values = {"source": "iam.amazonaws.com", "stream": None, "is_data_event": False, "is_read_only": False} | changes
    return event(number, action=action, targets=targets, **values)


def store(connection: Connection, events: Iterable[Event], *, own: Iterable[str] = ()) -> None:
    """Store events as ingest does, within the caller's transaction; `own` are the ids of those marked as our own."""
    arrival = Arrival(ORIGIN, records=tuple(Record(each, raw(each)) for each in events))
    ingest.EventStore(cast(Engine, Within(connection))).store([arrival], now=NOW)
    connection.execute(
        text("update event set is_own = true where event_id = any(cast(:own as uuid[]))"), {"own": list(own)}
    )


@dataclass(frozen=True)
class Within:
    """An engine all of whose transactions are parts of one."""

    connection: Connection

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        with self.connection.begin_nested():
            yield self.connection

    connect = begin


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


def roll_use(
    connection: Connection, account_id: int, principal_id: int, action_id: int, at: datetime, n: int = 1
) -> None:
    """Note that a principal called an action with success, `n` times."""
    connection.execute(
        text("""insert into roll_use values (:account, :principal, :action, :at, :at, :n)
                on conflict (account_id, principal_id, action_id) do update
                set first_at = least(roll_use.first_at, excluded.first_at),
                    last_at = greatest(roll_use.last_at, excluded.last_at), n = roll_use.n + excluded.n"""),
        {"account": account_id, "principal": principal_id, "action": action_id, "at": at, "n": n},
    )


def count_by(events: Iterable[Event], field: str) -> Counter[Any]:
    """Return how many events have each value of a field."""
    return Counter(getattr(each, field) for each in events)
