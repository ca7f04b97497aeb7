from datetime import timedelta

import pytest
from sqlalchemy import Connection

from app.core.model.scope import EVERYTHING, Scope
from app.core.model.snapshot import PartState
from app.core.model.stream import StreamDetail
from app.core.parts import StreamDetails
from app.db.queries.snapshots import mark_unseen, store_part
from app.db.queries.stream_pages import StreamRow, stream_row
from app.db.queries.stream_settings import StreamSetting, channel_ids, stream_settings
from tests.builders.accounts import CLINIC, NOW, make_account
from tests.builders.calls import make_stream, stream_arn
from tests.builders.estate import REGION

IMAGES = StreamDetail(image_generation_status="ENABLED", image_destination_uri="s3://frames/ward")
DENIED = "kinesisvideo:DescribeImageGenerationConfiguration"


@pytest.fixture
def connection(engine):
    with engine.begin() as connection:
        make_account(connection)
        yield connection


def ward(connection: Connection) -> StreamRow:
    row = stream_row(connection, EVERYTHING, make_stream(connection, "ward-3"))
    assert row is not None
    return row


def read(connection: Connection, part: str, *details: tuple[str, StreamDetail]) -> None:
    store_part(connection, CLINIC, part, REGION, StreamDetails(details), NOW - timedelta(hours=3))


def settings(connection: Connection, row: StreamRow) -> dict[str, StreamSetting]:
    return stream_settings(connection, EVERYTHING, row)


def test_what_was_read_of_the_stream_is_found_among_others(connection):
    row = ward(connection)
    read(connection, "stream_images", ("arn:other", StreamDetail()), (str(row.arn), IMAGES))
    found = settings(connection, row)["stream_images"]
    assert (found.detail, found.part.state, found.part.seen_at) == (IMAGES, PartState.SEEN, NOW - timedelta(hours=3))


def test_a_part_that_nobody_tried_is_not_collected(connection):
    assert {one.part.state for one in settings(connection, ward(connection)).values()} == {PartState.NOT_COLLECTED}


def test_a_stream_that_the_last_reading_did_not_have_has_no_detail(connection):
    row = ward(connection)
    read(connection, "stream_images", ("arn:other", IMAGES))
    assert settings(connection, row)["stream_images"].detail is None


def test_what_was_read_before_a_denial_stays(connection):
    row = ward(connection)
    read(connection, "stream_images", (str(row.arn), IMAGES))
    mark_unseen(connection, CLINIC, "stream_images", REGION, PartState.DENIED, DENIED, "no", NOW)
    found = settings(connection, row)["stream_images"]
    assert (found.detail, found.part.state, found.part.missing) == (IMAGES, PartState.DENIED, DENIED)


def test_it_tells_which_channels_store_to_the_stream(connection):
    row = ward(connection)
    bell = stream_arn(connection, make_stream(connection, "bell", kind="channel"))
    stored = StreamDetail(media_storage_status="ENABLED", media_storage_stream_arn=row.arn)
    elsewhere = StreamDetail(media_storage_status="ENABLED", media_storage_stream_arn=f"{row.arn}9")
    read(connection, "channel_storage", (bell, stored), ("arn:channel/yard", elsewhere))
    assert settings(connection, row)["channel_storage"].from_channels == (bell,)
    assert channel_ids(connection, EVERYTHING, row, [bell, "arn:unknown"]).keys() == {bell}


def test_there_is_nothing_outside_of_the_scope(connection):
    row, nobodys = ward(connection), Scope(frozenset({1}))
    assert stream_settings(connection, nobodys, row) == {}
    assert channel_ids(connection, nobodys, row, [str(row.arn)]) == {}
