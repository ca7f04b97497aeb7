import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, text

from app.core.integrity.files import number_of
from app.core.model.integrity import Verdict
from app.core.model.scope import EVERYTHING, Scope
from app.core.query.cursor import EventKey
from app.core.query.filter import parse
from app.core.query.listing import EVENTS
from app.core.tally import Tally
from app.db.queries._file_verdict import NONE_KNOWN
from app.db.queries.events import copy_jsonl
from app.db.queries.integrity import RecordIntegrity, breaks, count_of_breaks, record_integrity, runs
from tests.builders.events import CLINIC, EVENT, NOW, ORIGIN, store
from tests.builders.integrity import make_integrity

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
    insert(connection, "log_file", values | {"read_sha256": "ab", "number": number_of(ORIGIN)} | fields)


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
    assert str(found(connection).judged) == "unverified (no digest that lists it was read yet)"
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


# ---------------------------------------------------------------- over a range

DAY = (hour(0), hour(0) + timedelta(days=1))


def stretches(connection: Connection, scope: Scope = EVERYTHING) -> list[tuple[int, int, str]]:
    return [
        (one.stretch.start.hour, one.stretch.end.hour, one.stretch.judged.verdict.value)
        for one in runs(connection, scope, *DAY)
    ]


def test_hours_on_end_with_one_verdict_are_one_run(connection: Connection) -> None:
    for end in range(2, 9):
        verdict = {5: "broken", 6: "unverified"}.get(end, "verified")
        make_integrity(connection, CLINIC, hour(end), verdict=verdict, why="" if verdict == "verified" else "why")
    assert stretches(connection) == [
        (1, 4, "verified"),
        (4, 5, "broken"),
        (5, 6, "unverified"),
        (6, 8, "verified"),
    ]


def test_hours_for_different_reasons_are_runs_of_their_own(connection: Connection) -> None:
    make_integrity(connection, CLINIC, hour(2))
    make_integrity(connection, CLINIC, hour(4), why="other")
    assert [(start, end) for start, end, _ in stretches(connection)] == [(1, 2), (3, 4)]


def test_breaks_are_listed_newest_first_and_counted_by_account(connection: Connection) -> None:
    for end in (3, 5):
        make_integrity(connection, CLINIC, hour(end), verdict="broken", why="edited")
    make_integrity(connection, 111122223333, hour(4), verdict="broken", why="edited")
    assert [one.at.hour for one in breaks(connection, EVERYTHING, *DAY, 9)] == [4, 3, 2]
    assert len(breaks(connection, EVERYTHING, *DAY, 2)) == 2
    assert count_of_breaks(connection, EVERYTHING, *DAY) == {111122223333: 1, CLINIC: 2}


def test_a_range_of_others_shows_nothing_of_an_account(connection: Connection) -> None:
    make_integrity(connection, CLINIC, hour(3), verdict="broken", why="edited")
    elsewhere = Scope(frozenset({111122223333}))
    assert stretches(connection, elsewhere) == []
    assert breaks(connection, elsewhere, *DAY, 9) == ()
    assert count_of_breaks(connection, elsewhere, *DAY) == {}


# ---------------------------------------------------------------- in files


def exported(connection: Connection) -> str:
    query = parse([("from", "now-7d"), ("cols", "event_id,integrity")], EVENTS, NOW).filter
    rows = b"".join(copy_jsonl(connection, EVERYTHING, query, Tally())).splitlines()
    (row,) = [json.loads(row) for row in rows]
    return str(row["integrity"])


def _nothing(_connection: Connection) -> None: ...


def _no_raw(connection: Connection) -> None:
    connection.execute(text("delete from event_raw"))


def _lookup(connection: Connection) -> None:
    connection.execute(text("update event_raw set origin = 'lookup_events'"))


def _disk(connection: Connection) -> None:
    connection.execute(text("update event_raw set origin = '/mnt/copy/one.json.gz'"))


def _off(connection: Connection) -> None:
    remember(connection)
    values = {"account_id": CLINIC, "region": "eu-west-1", "starts_at": hour(9), "ends_at": hour(10), "folder": FOLDER}
    told = {"verdict": "unverified", "why": "log file validation is off", "chain": "", "trail": "", "files": 1}
    insert(connection, "integrity_hour", values | told)


CASES: list[Callable[[Connection], None]] = [
    _off,
    remember,
    lambda connection: listed(connection, "verified"),
    lambda connection: listed(connection, "unverified", "no keys"),
    lambda connection: listed(connection, "broken", "digest edited"),
]


@pytest.mark.parametrize("make", CASES, ids=range(len(CASES)))
def test_a_file_says_what_the_page_says(connection: Connection, make: Callable[[Connection], None]) -> None:
    make(connection)
    assert exported(connection) == str(found(connection).judged)


@pytest.mark.parametrize("make", [_nothing, _no_raw, _lookup, _disk], ids=range(4))
def test_where_no_log_file_is_known_a_file_is_unverified_as_the_page_is(
    connection: Connection, make: Callable[[Connection], None]
) -> None:
    make(connection)
    assert exported(connection) == "unverified (no log file in S3 is known for it)"
    assert found(connection).judged.verdict is Verdict.UNVERIFIED


def test_a_record_whose_raw_text_is_gone_is_still_told_by_its_log_file(connection: Connection) -> None:
    listed(connection, "verified")
    _no_raw(connection)
    assert exported(connection) == str(found(connection).judged) == "verified"


def test_a_record_that_came_from_lookup_events_first_is_told_by_the_log_file_that_has_it_too(
    connection: Connection,
) -> None:
    connection.execute(text("update event set log_file = null"))
    _lookup(connection)
    listed(connection, "verified")
    assert exported(connection) == "unverified (no log file in S3 is known for it)"
    store(connection, [EVENT])
    assert exported(connection) == str(found(connection).judged) == "verified"


def test_a_record_keeps_the_log_file_that_it_came_in_first(connection: Connection) -> None:
    before = connection.execute(text("select log_file from event")).scalar_one()
    connection.execute(text("update event set log_file = 7"))
    store(connection, [EVENT])
    assert before != connection.execute(text("select log_file from event")).scalar_one() == 7


@pytest.mark.parametrize(
    "fields",
    [
        {"listed_sha256": "cd"},
        {"changed_sha256": "cd"},
        {"is_missing": True},
        {"listed_algorithm": "MD5"},
        {"read_sha256": None, "read_problem": "truncated"},
    ],
    ids=str,
)
def test_a_file_that_was_changed_is_broken_in_files_too(connection: Connection, fields: dict[str, Any]) -> None:
    remember(connection, **({"digest": DIGEST, "listed_sha256": "ab", "listed_algorithm": "SHA-256"} | fields))
    assert found(connection).judged.verdict is Verdict.BROKEN
    assert exported(connection) == "broken (log edited)"


def _forgotten(connection: Connection) -> None:
    """Leave the file to another account: an event may name one that its own knows nothing of."""
    remember(connection, account_id=CLINIC + 1)


def _unnamed(connection: Connection) -> None:
    connection.execute(text("update event set log_file = null"))


@pytest.mark.parametrize("make", [_forgotten, _unnamed, *CASES], ids=range(2 + len(CASES)))
@pytest.mark.parametrize("value", ["verified", "unverified", "broken", NONE_KNOWN, "unverified (no keys)"])
def test_the_filter_takes_what_the_column_says(
    connection: Connection, make: Callable[[Connection], None], value: str
) -> None:
    make(connection)
    said = exported(connection)
    is_said = value in {said, said.split()[0]}
    assert [taken(connection, "integrity", value), taken(connection, "integrity!", value)] == [is_said, not is_said]
    assert taken(connection, "integrity~", value.upper()) is (value in said)


def taken(connection: Connection, field: str, value: str) -> bool:
    query = parse([("from", "now-7d"), (field, value)], EVENTS, NOW)
    assert not query.problems
    return bool(list(copy_jsonl(connection, EVERYTHING, query.filter, Tally())))
