"""Accounts, their parts, feeds and our own calls."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert

from app.db.tables import account, feed, own_call, part, rejected_record, worker

NOW = datetime(2026, 11, 23, 9, 41, tzinfo=UTC)
CLINIC = 590817264433


def make_account(connection: Connection, account_id: int = CLINIC, **changes: Any) -> int:
    """Insert an account and return its id."""
    values = {
        "account_id": account_id,
        "name": "clinic-video",
        "kind": "member",
        "role_arn": f"arn:aws:iam::{account_id:012d}:role/kvswatch-member",
        "external_id": "kv-1",
        "regions": ["eu-central-1"],
        "source": "organization",
        "added_at": NOW - timedelta(days=40),
    }
    connection.execute(insert(account), values | changes)
    return account_id


def make_part(connection: Connection, name: str, account_id: int = CLINIC, **changes: Any) -> None:
    """Insert the state of one part; fresh when nothing else is said."""
    values = {
        "account_id": account_id,
        "part": name,
        "region": "",
        "state": "seen",
        "tried_at": NOW - timedelta(minutes=10),
        "seen_at": NOW - timedelta(minutes=10),
    }
    connection.execute(insert(part), values | changes)


def make_feed(connection: Connection, source: str, account_id: int = CLINIC, **changes: Any) -> None:
    """Insert a feed that ran well four minutes ago."""
    values = {
        "account_id": account_id,
        "source": source,
        "region": "",
        "every_s": 900,
        "next_at": NOW + timedelta(minutes=11),
        "last_started_at": NOW - timedelta(minutes=5),
        "last_success_at": NOW - timedelta(minutes=4),
    }
    connection.execute(insert(feed), values | changes)


def make_worker(connection: Connection, worker_id: str = "w-1", **changes: Any) -> None:
    """Insert a worker that is alive."""
    values = {
        "id": worker_id,
        "host": "box",
        "pid": 7,
        "version": "0.1.0",
        "started_at": NOW - timedelta(hours=1),
        "heartbeat_at": NOW - timedelta(seconds=3),
    }
    connection.execute(insert(worker), values | changes)


def make_own_calls(connection: Connection, api: str, n: int, account_id: int = CLINIC, **changes: Any) -> None:
    """Insert our own calls of one API in this hour."""
    values = {
        "account_id": account_id,
        "hour": NOW.replace(minute=0),
        "api": api,
        "region": "eu-central-1",
        "outcome": "ok",
        "n": n,
    }
    connection.execute(insert(own_call), values | changes)


def make_rejected(connection: Connection, reason: str, account_id: int = CLINIC, **changes: Any) -> None:
    """Insert a record that could not be read."""
    values = {
        "account_id": account_id,
        "origin": "s3://halden-trail/AWSLogs/x.json.gz",
        "place": "record 17, byte 20481",
        "reason": reason,
        "rejected_at": NOW - timedelta(hours=2),
        "content_hash": reason.encode(),
    }
    connection.execute(insert(rejected_record), values | changes)
