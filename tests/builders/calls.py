"""Dimensions and rollups, as ingest leaves them."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, text

from app.core.kvs.actions import MEDIA_READ
from app.db.queries import hours
from tests.builders.accounts import CLINIC, NOW
from tests.builders.events import roll_use


def dimension(connection: Connection, table: str, **key: Any) -> int:
    """Return the id of a dimension row, made when it is not there."""
    columns = ", ".join(key)
    values = ", ".join(f":{name}" for name in key)
    same = " and ".join(f"{name} is not distinct from :{name}" for name in key)
    found = connection.execute(text(f"select id from {table} where {same}"), key).scalar()
    if found is not None:
        return int(found)
    made = connection.execute(text(f"insert into {table} ({columns}) values ({values}) returning id"), key)
    return int(made.scalar_one())


def make_stream(connection: Connection, name: str, account_id: int = CLINIC, **changes: Any) -> int:
    """Insert a stream (or, with kind="channel", a channel) that is there now, and return its id."""
    region, kind = changes.pop("region", "eu-central-1"), changes.pop("kind", "stream")
    arn = f"arn:aws:kinesisvideo:{region}:{account_id:012d}:{kind}/{name}/1600000000000"
    stream_id = dimension(connection, "stream", account_id=account_id, region=region, kind=kind, name=name, arn=arn)
    values = {
        "account_id": account_id,
        "stream_id": stream_id,
        "region": region,
        "kind": kind,
        "name": name,
        "status": "ACTIVE",
        "created_at": NOW - timedelta(days=300),
        "retention_hours": 24 if kind == "stream" else None,
        "kms_key_id": None,
        "tags": '{"site": "ward-3"}',
        "seen_at": NOW - timedelta(minutes=9),
        "removed_at": None,
    } | changes
    columns = ", ".join(values)
    given = ", ".join(f":{name}" for name in values)
    connection.execute(text(f"insert into stream_state ({columns}) values ({given})"), values)
    return stream_id


def stream_arn(connection: Connection, stream_id: int) -> str:
    """Return a stream's ARN."""
    return str(connection.execute(text("select arn from stream where id = :id"), {"id": stream_id}).scalar_one())


def make_principal(connection: Connection, name: str, account_id: int = CLINIC, **changes: Any) -> int:
    """Insert a role (or, with kind="user", a user) that is there now, and return its id."""
    kind = changes.pop("kind", "role")
    arn = f"arn:aws:iam::{account_id:012d}:{kind}/{name}"
    principal_id = dimension(connection, "principal", account_id=account_id, arn=arn, kind=kind, name=name)
    values = {
        "account_id": account_id,
        "principal_id": principal_id,
        "kind": kind,
        "name": name,
        "path": "/",
        "created_at": NOW - timedelta(days=400),
        "last_used_at": NOW - timedelta(hours=2),
        "tags": "{}",
        "active_keys": None if kind == "role" else 1,
        "has_mfa": None if kind == "role" else False,
        "seen_at": NOW - timedelta(minutes=9),
        "removed_at": None,
    } | changes
    columns = ", ".join(values)
    given = ", ".join(f":{name}" for name in values)
    connection.execute(text(f"insert into principal_state ({columns}) values ({given})"), values)
    return principal_id


def make_calls(
    connection: Connection,
    action: str,
    n: int,
    at: datetime = NOW,
    *,
    account_id: int = CLINIC,
    principal_id: int = 0,
    stream_id: int = 0,
    errors: int = 0,
) -> None:
    """Insert `n` calls into the rollups of an hour and a day."""
    action_id = dimension(connection, "action", source="kinesisvideo.amazonaws.com", name=action)
    hourly, hourly_errors = ([of if hour == at.hour else 0 for hour in hours.HOURS] for of in (n, errors))
    connection.execute(
        text(f"""insert into roll_hour ({hours.COLUMNS})
                 values (:a, :day, :action, :n, :errors, :hourly, :hourly_errors)
                 on conflict ({hours.KEY}) do update set {hours.plus("roll_hour", "excluded")}"""),
        {"a": account_id, "day": at.date(), "action": action_id, "n": n, "errors": errors}
        | {"hourly": hourly, "hourly_errors": hourly_errors},
    )
    values: dict[str, int | None] = {"principal": principal_id}
    if action in MEDIA_READ:
        values |= {"reader": principal_id or None, "read_stream": stream_id or None}
    for kind, value in values.items():
        if value is not None:
            connection.execute(
                text("""insert into roll_dim (account_id, kind, day, value, n, errors)
                        values (:a, :kind, :day, :value, :n, :errors)
                        on conflict (account_id, kind, day, value) do update
                          set n = roll_dim.n + excluded.n, errors = roll_dim.errors + excluded.errors"""),
                {"a": account_id, "kind": kind, "day": at.date(), "value": str(value), "n": n, "errors": errors},
            )
    connection.execute(
        text("""insert into roll_day
                  (account_id, stream_id, day, principal_id, action_id, n, errors, first_seen, last_seen)
                values (:a, :s, :day, :p, :action, :n, :errors, :at, :at)
                on conflict (account_id, stream_id, day, principal_id, action_id) do update
                  set n = roll_day.n + excluded.n, errors = roll_day.errors + excluded.errors,
                      first_seen = least(roll_day.first_seen, excluded.first_seen),
                      last_seen = greatest(roll_day.last_seen, excluded.last_seen)"""),
        {
            "a": account_id, "s": stream_id, "day": at.date(), "p": principal_id, "action": action_id, "n": n,
            "errors": errors, "at": at,
        },
    )  # fmt: skip
    if n > errors and principal_id:
        roll_use(connection, account_id, principal_id, action_id, at, n - errors)
