"""Calls of kvswatch's own role as CloudTrail has them, and the sessions that they were made with."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from msgspec.structs import replace
from sqlalchemy import Connection, insert, text

from app.core.model.batch import Arrival
from app.core.model.event import Actor, ActorKind, Event, Record
from app.core.model.session import IssuedSession
from app.core.own import ASSUME_ROLE
from app.db.queries.ingest import EventStore
from app.db.tables import install
from tests.builders.accounts import make_own_calls
from tests.builders.events import CLINIC, event

START = datetime(2026, 11, 23, 9, tzinfo=UTC)
LIST = "kinesisvideo:ListStreams"
REGION = "eu-central-1"
OUR_ROLE = f"arn:aws:iam::{CLINIC}:role/kvswatch-member"
SESSION_NAME = "kvswatch-test"
OURS, THEIRS = "198.51.100.7", "203.0.113.66"


def listing(number: int, minute: float = 10, **changes: Any) -> Event:
    """Return a ListStreams by our role; `number` makes its id its own."""
    name = changes.pop("session_name", SESSION_NAME)
    values = {
        "event_time": START + timedelta(minutes=minute, seconds=number),
        "action": "ListStreams",
        "actor": Actor(ActorKind.ROLE, OUR_ROLE, CLINIC, name),
        "address": OURS,
        "stream": None,
        "is_data_event": False,
    }
    return event(1000 + number, **(values | changes))


def session(number: int, minute: float = 5, **changes: Any) -> IssuedSession:
    """Return the record of an AssumeRole of our role."""
    made = IssuedSession(
        account=CLINIC,
        event_id=str(UUID(int=UUID("5e551017-0000-4000-8000-000000000000").int + number)),
        event_time=START + timedelta(minutes=minute),
        region=REGION,
        action="AssumeRole",
        role_arn=OUR_ROLE,
        session_name=SESSION_NAME,
        access_key=f"ASIAQ4EXAMPLE{number:07}",
        expires_at=START + timedelta(minutes=minute + 60),
        caller=Actor(ActorKind.ACCOUNT, "111122223333", 111122223333),
        caller_key=None,
        source_identity=None,
        external_id_given=True,
        address=OURS,
        user_agent="Boto3/1.44.5",
        error_code=None,
    )
    return replace(made, **changes)


def store_sessions(connection: Connection, sessions: Iterable[IssuedSession]) -> None:
    """Insert issued sessions as ingest does, in the connection's own transaction."""
    for each in sessions:
        connection.execute(text("select ensure_month('issued_session', :day)"), {"day": each.event_time.date()})
        ids = {"role": _principal(connection, each.role_arn), "region": _region(connection, each.region)}
        connection.execute(
            text("""insert into issued_session (account_id, event_time, event_id, action_id, region_id, role_id,
                      session_name, access_key, caller_id, caller_kind, external_id_given, address, user_agent_id)
                    values (:account, :at, :id, 0, :region, :role, :name, :key, 0, 'account', true, :address, 0)"""),
            ids
            | {
                "account": each.account,
                "at": each.event_time,
                "id": each.event_id,
                "name": each.session_name,
                "key": each.access_key,
                "address": each.address,
            },
        )


def arrive(store: EventStore, *found: Event | IssuedSession) -> None:
    """Let ingest store these, as a log file that brought them would."""
    records = tuple(Record(each, b"{}") for each in found if isinstance(each, Event))
    sessions = tuple(each for each in found if isinstance(each, IssuedSession))
    arrival = Arrival("s3://b/file.json.gz", CLINIC, records=records, sessions=sessions)
    store.store([arrival], now=START + timedelta(hours=2))


def settle(connection: Connection) -> None:
    """Name this installation so that its session name is SESSION_NAME."""
    values = {"id": SESSION_NAME.removeprefix("kvswatch-"), "external_id": "kv-1", "made_at": START}
    connection.execute(insert(install), values)


def begin_calls(connection: Connection, lists: int, *, sessions: int = 1, hour: datetime = START) -> None:
    """Write into the ledger what we called in an hour, and that we had called before."""
    make_own_calls(connection, LIST, lists, hour=hour)
    make_own_calls(connection, ASSUME_ROLE, sessions, hour=hour)
    make_own_calls(connection, "iam:ListUsers", 1, hour=hour - timedelta(days=3), region="us-east-1")


def _principal(connection: Connection, arn: str) -> int:
    values = {"account": CLINIC, "arn": arn, "name": arn.rpartition("/")[2]}
    connection.execute(
        text("""insert into principal (account_id, arn, kind, name) values (:account, :arn, 'role', :name)
                on conflict do nothing"""),
        values,
    )
    return connection.execute(text("select id from principal where arn = :arn"), values).scalar_one()


def _region(connection: Connection, name: str) -> int:
    connection.execute(text("insert into region (name) values (:name) on conflict do nothing"), {"name": name})
    return connection.execute(text("select id from region where name = :name"), {"name": name}).scalar_one()
