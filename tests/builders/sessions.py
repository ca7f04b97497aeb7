"""Role sessions in the database, as the records of AssumeRole* leave them."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

from msgspec.structs import replace
from sqlalchemy import Connection, Engine

from app.core.model.batch import Arrival
from app.core.model.event import Actor, ActorKind, KeyKind
from app.core.model.session import IssuedSession
from app.db.queries.ingest import EventStore
from tests.builders.events import CLINIC, EVENT, NOW, ORIGIN, ROLE, Within, event, store

USER = f"arn:aws:iam::{CLINIC}:user/ann"
LONG_TERM = "AKIAQ4EXAMPLE0000009"
KEY = EVENT.access_key or ""
ISSUED_AT = EVENT.event_time - timedelta(minutes=5)


def issued(number: int = 0, **changes: Any) -> IssuedSession:
    """Return the record by which a user took the session of `EVENT`; `number` makes its id its own."""
    made = IssuedSession(
        account=CLINIC,
        event_id=str(UUID(int=UUID("a55e0000-0000-4000-8000-000000000000").int + number)),
        event_time=ISSUED_AT,
        region="eu-central-1",
        action="AssumeRole",
        role_arn=ROLE,
        session_name="sync-job-7",
        access_key=KEY,
        expires_at=ISSUED_AT + timedelta(hours=1),
        caller=Actor(ActorKind.USER, USER, CLINIC),
        caller_key=LONG_TERM,
        source_identity=None,
        external_id_given=False,
        address="198.51.100.204",
        user_agent="aws-cli/2.30",
        error_code=None,
    )
    return replace(made, **changes)


def make_session(connection: Connection) -> None:
    """Insert a user's key that took a session, what both called, and where the session led on."""
    long_term = {"access_key": LONG_TERM, "key_kind": KeyKind.LONG_TERM, "actor": Actor(ActorKind.USER, USER, CLINIC)}
    actions = ("GetClip", "GetHLSStreamingSessionURL", "PutMedia", "GetDataEndpoint")
    calls = [event(n, action=actions[n % 4], error_code="AccessDenied" if n == 5 else None) for n in range(12)]
    store(connection, [*calls, *(event(n, action="PutMedia", **long_term) for n in range(12, 40))])
    far = "arn:aws:iam::111122223333:role/Far"
    onward = issued(1, caller_key=KEY, access_key="ASIAQ4EXAMPLE0000002", role_arn=far)
    refused = issued(2, caller_key=KEY, access_key=None, role_arn=far, error_code="AccessDenied")
    store_issued(connection, [issued(), onward, refused])


def store_issued(connection: Connection, sessions: Iterable[IssuedSession]) -> None:
    """Store sessions as ingest does, within the caller's transaction."""
    EventStore(cast(Engine, Within(connection))).store([Arrival(ORIGIN, sessions=tuple(sessions))], now=NOW)
