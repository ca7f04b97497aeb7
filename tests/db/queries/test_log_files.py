from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, text

from app.core.model.batch import Arrival
from app.core.normalise.trail_file import arrival_of_file
from app.core.trailfile.keys import file_key
from app.db.queries.log_files import delivered_at, folder_of, store_read_files
from tests.builders.trail import kvs_record, log_file

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
FOLDER = "s3://logs/AWSLogs/o-abc1234567/111122223333/"
ORIGIN = f"{FOLDER}CloudTrail/eu-west-1/2026/11/20/111122223333_CloudTrail_eu-west-1_20261120T1005Z_abcdef.json.gz"


@pytest.fixture
def connection(app_engine):
    with app_engine.begin() as connection:
        yield connection


def arrival(number: int = 0, origin: str = ORIGIN) -> Arrival:
    return arrival_of_file(log_file(kvs_record(number)), origin, is_hashed=True)


def rows(connection: Connection) -> list[Any]:
    return list(connection.execute(text("select * from log_file order by origin")))


def test_a_file_is_remembered_with_its_hash_place_and_time(connection: Connection) -> None:
    store_read_files(connection, [arrival()], NOW)
    (row,) = rows(connection)
    assert (row.account_id, row.origin, row.folder, row.region) == (111122223333, ORIGIN, FOLDER, "eu-west-1")
    assert row.delivered_at == datetime(2026, 11, 20, 10, 5, tzinfo=UTC)
    assert (row.read_sha256, row.read_problem, row.changed_sha256) == (arrival().sha256, None, None)


def test_another_content_at_another_time_is_kept_beside_the_first(connection: Connection) -> None:
    store_read_files(connection, [arrival(1)], NOW)
    store_read_files(connection, [arrival(1)], NOW)
    assert [row.changed_sha256 for row in rows(connection)] == [None]
    store_read_files(connection, [arrival(2)], NOW)
    store_read_files(connection, [arrival(1)], NOW)
    (row,) = rows(connection)
    assert (row.read_sha256, row.changed_sha256) == (arrival(1).sha256, arrival(2).sha256)


def test_a_file_that_does_not_open_is_remembered_until_it_does(connection: Connection) -> None:
    broken = arrival_of_file(log_file(kvs_record())[:-9], ORIGIN, is_hashed=True)
    store_read_files(connection, [broken], NOW)
    (row,) = rows(connection)
    assert row.read_sha256 is None
    assert "truncated" in row.read_problem
    store_read_files(connection, [arrival()], NOW)
    (row,) = rows(connection)
    assert (row.read_sha256, row.read_problem, row.changed_sha256) == (arrival().sha256, None, None)


@pytest.mark.parametrize(
    "strange",
    [
        Arrival(ORIGIN, 111122223333),
        replace(arrival(), origin="/mnt/" + ORIGIN.removeprefix("s3://logs/")),
        replace(arrival(), origin="s3://logs/elsewhere.json.gz"),
        replace(arrival(), origin=ORIGIN.replace("/CloudTrail/", "/CloudTrail-Insight/")),
    ],
    ids=["did not come", "from a disk", "no trail's key", "another kind"],
)
def test_what_no_digest_can_list_is_not_remembered(connection: Connection, strange: Arrival) -> None:
    store_read_files(connection, [strange], NOW)
    assert rows(connection) == []


def test_hostile_names_are_stored_and_not_believed(connection: Connection) -> None:
    hostile = ORIGIN.replace("s3://logs/", "s3://logs/\0\ud800/").replace("20261120T1005Z", "99991231T2359Z")
    store_read_files(connection, [arrival(origin=hostile)], NOW)
    (row,) = rows(connection)
    assert row.delivered_at == NOW + timedelta(days=1)
    key = file_key(hostile)
    assert key is not None
    assert row.folder == folder_of(key)


def test_a_name_without_a_time_is_of_its_day() -> None:
    key = file_key(ORIGIN.replace("_20261120T1005Z", ""))
    assert key is not None
    assert delivered_at(key, NOW) == datetime(2026, 11, 20, tzinfo=UTC)
