"""The ways out of `/streams/{id}` that are set on it."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from app.core.model.snapshot import PartState
from app.core.model.stream import StreamDetail
from app.core.normalise.kinesisvideo import NOT_CONFIGURED
from app.core.parts import StreamDetails
from app.db.queries.snapshots import mark_unseen, store_part
from tests.builders.accounts import CLINIC, NOW, make_account
from tests.builders.calls import dimension, make_calls, make_principal, make_stream, stream_arn
from tests.builders.estate import REGION
from tests.builders.ways import read_details, way_of

IMAGES = StreamDetail(image_generation_status="ENABLED", image_destination_uri="s3://frames/ward")


@pytest.fixture
def ward(engine: Engine) -> int:
    with engine.begin() as connection:
        make_account(connection)
        return make_stream(connection, "ward-3")


def read(engine: Engine, stream: int, part: str, detail: StreamDetail) -> None:
    with engine.begin() as connection:
        read_details(connection, part, stream_arn(connection, stream), detail)


def test_images_go_to_a_bucket_whose_readers_no_collector_knows(client: TestClient, engine: Engine, ward: int) -> None:
    read(engine, ward, "stream_images", IMAGES)
    row = way_of(client, ward, "Image generation")
    assert "enabled s3://frames/ward" in row
    assert "who may open the bucket, and who did: no collector reads it; read 3 h ago" in row


def test_what_was_read_and_is_not_set_up_is_said_so(client: TestClient, engine: Engine, ward: int) -> None:
    read(engine, ward, "stream_notifications", StreamDetail(notification_status=NOT_CONFIGURED))
    assert "none is set up read 3 h ago" in way_of(client, ward, "Notifications")


def test_an_edge_agent_is_named_by_its_hub(client: TestClient, engine: Engine, ward: int) -> None:
    hub = "arn:aws:iot:eu-central-1:590817264433:thing/hub"
    read(engine, ward, "stream_edge", StreamDetail(edge_status="IN_SYNC", edge_hub_arn=hub))
    assert f"in sync {hub} what is recorded on the hub" in way_of(client, ward, "Edge agent")


@pytest.mark.parametrize(
    ("state", "missing", "words"),
    [
        (PartState.DENIED, "kinesisvideo:DescribeX", "its role may not call kinesisvideo:DescribeX"),
        (PartState.DENIED, None, "its role was denied"),
        (PartState.THROTTLED, None, "AWS throttled the last attempt"),
        (PartState.UNREACHABLE, None, "the endpoint could not be reached"),
        (PartState.FAILED, None, "the last attempt failed: it broke"),
    ],
)
def test_each_reason_for_which_nobody_could_look_has_its_own_words(
    client: TestClient, engine: Engine, ward: int, state: PartState, missing: str | None, words: str
) -> None:
    with engine.begin() as connection:
        for part in ("stream_images", "channel_storage"):
            mark_unseen(connection, CLINIC, part, REGION, state, missing, "it broke", NOW)
    assert f"not observed by kvswatch {words}" in way_of(client, ward, "Image generation")
    assert f"not observed by kvswatch {words}" in way_of(client, ward, "WebRTC storage")


def test_what_was_not_read_yet_and_what_is_newer_than_the_reading_differ(
    client: TestClient, engine: Engine, ward: int
) -> None:
    assert "not observed by kvswatch not read yet" in way_of(client, ward, "Edge agent")
    with engine.begin() as connection:
        read_details(connection, "stream_edge", "arn:other", StreamDetail(edge_status="IN_SYNC"))
    assert "it is newer than the last reading" in way_of(client, ward, "Edge agent")


def test_what_was_read_before_stays_with_why_it_is_old(client: TestClient, engine: Engine, ward: int) -> None:
    read(engine, ward, "stream_images", IMAGES)
    with engine.begin() as connection:
        mark_unseen(connection, CLINIC, "stream_images", REGION, PartState.THROTTLED, None, "slow", NOW)
    row = way_of(client, ward, "Image generation")
    assert "s3://frames/ward" in row
    assert "read 3 h ago; since then AWS throttled the last attempt" in row


def test_who_set_it_in_the_range_is_named(client: TestClient, engine: Engine, ward: int) -> None:
    with engine.begin() as connection:
        who = make_principal(connection, "Admin")
        make_calls(connection, "UpdateImageGenerationConfiguration", 1, NOW, stream_id=ward, principal_id=who)
    assert f"Admin [/principals/{who}] 11-23 09:41Z" in way_of(client, ward, "Image generation")


def test_a_channel_and_the_stream_that_it_fills_lead_to_each_other(
    client: TestClient, engine: Engine, ward: int
) -> None:
    with engine.begin() as connection:
        bell = make_stream(connection, "bell", kind="channel")
        stored = StreamDetail(media_storage_status="ENABLED", media_storage_stream_arn=stream_arn(connection, ward))
        read_details(connection, "channel_storage", stream_arn(connection, bell), stored)
    assert f"filled by bell [/streams/{bell}]" in way_of(client, ward, "WebRTC storage")
    assert f"stored to ward-3 [/streams/{ward}]" in way_of(client, bell, "WebRTC storage")


def test_a_channel_whose_storage_is_disabled_fills_no_stream(client: TestClient, engine: Engine, ward: int) -> None:
    with engine.begin() as connection:
        bell = make_stream(connection, "bell", kind="channel")
        off = StreamDetail(media_storage_status="DISABLED", media_storage_stream_arn=stream_arn(connection, ward))
        read_details(connection, "channel_storage", stream_arn(connection, bell), off)
    assert "no channel's media are stored here" in way_of(client, ward, "WebRTC storage")
    assert "its media are not stored" in way_of(client, bell, "WebRTC storage")


def test_of_many_channels_that_fill_a_stream_the_rest_is_counted(client: TestClient, engine: Engine, ward: int) -> None:
    with engine.begin() as connection:
        stored = StreamDetail(media_storage_status="ENABLED", media_storage_stream_arn=stream_arn(connection, ward))
        bells = StreamDetails(tuple((f"arn:aws:kinesisvideo:{REGION}:1:channel/bell-{n}/1", stored) for n in range(7)))
        store_part(connection, CLINIC, "channel_storage", REGION, bells, NOW)
    assert "bell-4 2 more whoever may view" in way_of(client, ward, "WebRTC storage")


def test_of_a_stream_without_an_arn_nobody_knows_which_channels_fill_it(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        ghost = dimension(connection, "stream", account_id=CLINIC, region=REGION, kind="stream", name="ghost", arn=None)
        stored = StreamDetail(media_storage_status="ENABLED", media_storage_stream_arn="arn:of:ghost")
        read_details(connection, "channel_storage", "arn:bell", stored)
    assert "not observed by kvswatch no inventory holds it" in way_of(client, ghost, "WebRTC storage")


def test_a_stream_that_is_gone_is_not_newer_than_the_last_reading(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        make_account(connection)
        gone = make_stream(connection, "ward-1", removed_at=NOW - timedelta(days=2))
        read_details(connection, "stream_images", "arn:other", IMAGES)
    assert "not observed by kvswatch it is gone since 2026-11-21" in way_of(client, gone, "Image generation")
