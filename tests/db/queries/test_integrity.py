from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, text

from app.core.model.scope import EVERYTHING, Scope
from app.core.query.cursor import EventKey
from app.db.queries.integrity import RecordIntegrity, record_integrity
from tests.builders.events import CLINIC, EVENT, NOW, ORIGIN, store

KEY = EventKey(EVENT.event_time, UUID(EVENT.event_id), CLINIC)
DIGEST = "s3://trail-archive/AWSLogs/d.json.gz"
FOLDER = f"s3://trail-archive/AWSLogs/{CLINIC}/"


@pytest.fixture
def connection(engine):
    with engine.begin() as connection:
        store(connection, [EVENT])
        yield connection


def remember(connection: Connection, **fields: Any) -> None:
    values = {"account_id": CLINIC, "origin": ORIGIN, "folder": FOLDER, "region": "eu-west-1", "delivered_at": NOW}
    insert(connection, "log_file", values | {"read_sha256": "ab"} | fields)


def listed(connection: Connection, verdict: str, why: str = "", sha256: str = "ab") -> None:
    remember(connection, digest=DIGEST, listed_sha256=sha256, listed_algorithm="SHA-256")
    values = {"account_id": CLINIC, "origin": DIGEST, "folder": FOLDER, "region": "eu-west-1", "chain": "t"}
    insert(connection, "digest", values | {"ends_at": hour(10), "verdict": verdict, "why": why})


def insert(connection: Connection, table: str, values: dict[str, Any]) -> None:
    names = ", ".join(values)
    places = ", ".join(f":{name}" for name in values)
    connection.execute(text(f"insert into {table} ({names}) values ({places})"), values)


def hour(of_day: int) -> datetime:
    return NOW.replace(hour=of_day, minute=0)


def found(connection: Connection, scope: Scope = EVERYTHING) -> RecordIntegrity:
    return record_integrity(connection, scope, KEY)


def test_a_record_is_verified_by_the_digest_that_lists_its_file(connection: Connection) -> None:
    listed(connection, "verified")
    answer = found(connection)
    assert str(answer.judged) == "verified"
    assert (answer.digest, answer.starts_at, answer.ends_at) == (DIGEST, hour(9), hour(10))


def test_a_file_that_is_not_as_it_is_listed_is_broken_whatever_the_digest(connection: Connection) -> None:
    listed(connection, "verified", sha256="cd")
    assert str(found(connection).judged).startswith("broken (log edited")


def test_a_digest_that_is_broken_breaks_what_it_lists(connection: Connection) -> None:
    listed(connection, "broken", "digest edited")
    assert str(found(connection).judged) == "broken (digest edited)"


def test_where_no_digest_lists_the_file_the_hour_tells_why(connection: Connection) -> None:
    remember(connection)
    assert str(found(connection).judged) == "unverified (its digest is not delivered yet)"
    insert(
        connection,
        "integrity_hour",
        {
            "account_id": CLINIC,
            "region": "eu-west-1",
            "starts_at": hour(9),
            "ends_at": hour(10),
            "folder": FOLDER,
            "chain": "",
            "trail": "",
            "verdict": "unverified",
            "why": "log file validation is off",
            "files": 1,
        },
    )
    assert str(found(connection).judged) == "unverified (log file validation is off)"


@pytest.mark.parametrize(
    ("lay_at", "why"),
    [
        (ORIGIN, "its hash was not kept when it was read"),
        ("lookup_events", "no file: it came from LookupEvents"),
        ("/mnt/copy/one.json.gz", "imported from a disk: check the copy with kvswatch verify"),
        (None, "its raw record is not kept, which names its file"),
    ],
)
def test_a_record_without_a_known_file_is_unverified(connection: Connection, lay_at: str | None, why: str) -> None:
    connection.execute(text("update event_raw set origin = :origin"), {"origin": lay_at})
    assert str(found(connection).judged) == f"unverified ({why})"


def test_nothing_is_told_outside_of_the_scope(connection: Connection) -> None:
    listed(connection, "verified")
    answer = record_integrity(connection, Scope(frozenset({111122223333})), replace(KEY))
    assert answer.digest is None
    assert str(answer.judged).startswith("unverified")
