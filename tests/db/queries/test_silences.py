from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection

from app.core.coverage.silence import Silence
from app.core.model.integrity import PlaceKey
from app.db.queries.silences import silences, silent_hours, store_silences
from tests.builders.integrity import make_log_files

PLACE = PlaceKey(111122223333, "s3://logs/AWSLogs/111122223333/", "eu-west-1")
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ONE, TWO = Silence(NOON, NOON + HOUR, 335, 336), Silence(NOON + 9 * HOUR, NOON + 11 * HOUR, 168, 168)


@pytest.fixture
def connection(app_engine):
    with app_engine.begin() as connection:
        yield connection


def test_the_hours_without_a_file_are_those_of_the_place_and_end_before_the_end(connection: Connection) -> None:
    minute = timedelta(minutes=1)
    make_log_files(connection, PLACE, [NOON, NOON + 2 * HOUR - minute, NOON + 4 * HOUR, NOON + 6 * HOUR])
    elsewhere = PlaceKey(PLACE.account, PLACE.folder.replace("AWSLogs", "old/AWSLogs"), PLACE.region)
    make_log_files(connection, elsewhere, [NOON + 2 * HOUR])
    make_log_files(connection, PlaceKey(PLACE.account, PLACE.folder, "us-east-1"), [NOON + 3 * HOUR])
    assert silent_hours(connection, PLACE, NOON, NOON + 6 * HOUR) == (
        NOON + 2 * HOUR,
        NOON + 3 * HOUR,
        NOON + 5 * HOUR,
    )
    assert silent_hours(connection, PLACE, NOON, NOON) == ()


def test_silences_come_back_by_place_those_that_reach_into_the_range(connection: Connection) -> None:
    other = PlaceKey(PLACE.account, PLACE.folder, "us-east-1")
    store_silences(connection, PLACE, NOON, NOON + 99 * HOUR, [ONE, TWO])
    store_silences(connection, other, NOON, NOON + 99 * HOUR, [ONE])
    assert silences(connection, NOON) == {PLACE: (ONE, TWO), other: (ONE,)}
    assert silences(connection, ONE.end) == {PLACE: (TWO,)}


def test_what_was_found_replaces_what_was_in_the_range_that_was_judged_and_nothing_else(connection: Connection) -> None:
    store_silences(connection, PLACE, NOON, NOON + 99 * HOUR, [ONE, TWO])
    longer = Silence(TWO.start, TWO.end + HOUR, 168, 168)
    store_silences(connection, PLACE, TWO.start, NOON + 99 * HOUR, [longer])
    assert silences(connection, NOON) == {PLACE: (ONE, longer)}
    store_silences(connection, PLACE, NOON, NOON + 99 * HOUR, [])
    assert silences(connection, NOON) == {}
