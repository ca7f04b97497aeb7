from app.core.model.stream import ResourceKind
from app.core.normalise import kinesisvideo
from tests.answers import kinesisvideo as answers

REGION = "eu-central-1"


def test_it_lists_streams_in_order_with_what_the_listing_tells():
    door, yard = kinesisvideo.streams(answers.STREAMS, REGION).streams
    assert (door.name, door.retention_hours, door.kms_key_id) == ("door", 0, None)
    assert (yard.kms_key_id, yard.device_name) == ("arn:aws:kms:eu-central-1:111122223333:key/1", "yard-cam")
    assert yard.region == REGION


def test_a_channel_keeps_no_media():
    (bell,) = kinesisvideo.channels(answers.CHANNELS, REGION).streams
    assert (bell.kind, bell.channel_type) == (ResourceKind.CHANNEL, "SINGLE_MASTER")
    assert (bell.retention_hours, bell.kms_key_id) == (None, None)


def test_no_configuration_is_told_from_one_that_was_not_read():
    door, yard = (detail for _, detail in kinesisvideo.images(answers.IMAGES, REGION).details)
    assert door.image_generation_status == kinesisvideo.NOT_CONFIGURED
    assert (yard.image_generation_status, yard.image_destination_uri) == ("ENABLED", "s3://frames/yard")
    assert yard.notification_status is None


def test_a_stream_without_tags_has_none_rather_than_unread_ones():
    details = dict(kinesisvideo.tags({answers.DOOR: {}, answers.YARD: {"b": "2", "a": "1"}}, REGION).details)
    assert details[answers.DOOR].tags == ()
    assert details[answers.YARD].tags == (("a", "1"), ("b", "2"))


def test_it_tells_where_a_channel_stores_its_media():
    raw = {answers.BELL: {"Status": "ENABLED", "StreamARN": answers.DOOR}}
    ((_, detail),) = kinesisvideo.storage(raw, REGION).details
    assert (detail.media_storage_status, detail.media_storage_stream_arn) == ("ENABLED", answers.DOOR)


def test_it_tells_the_state_of_an_edge_configuration():
    hub = "arn:aws:iot:eu-central-1:111122223333:thing/hub"
    answer = {"SyncStatus": "IN_SYNC", "EdgeConfig": {"HubDeviceArn": hub}}
    ((_, detail),) = kinesisvideo.edge({answers.DOOR: answer}, REGION).details
    assert (detail.edge_status, detail.edge_hub_arn) == ("IN_SYNC", hub)
    ((_, detail),) = kinesisvideo.edge({answers.DOOR: None}, REGION).details
    assert (detail.edge_status, detail.edge_hub_arn) == ("NOT_CONFIGURED", None)


def test_it_tells_where_notifications_go():
    raw = {answers.DOOR: {"Status": "DISABLED", "DestinationConfig": {"Uri": "arn:aws:sns:eu-central-1:1:t"}}}
    ((_, detail),) = kinesisvideo.notifications(raw, REGION).details
    assert (detail.notification_status, detail.notification_destination_uri) == (
        "DISABLED",
        "arn:aws:sns:eu-central-1:1:t",
    )
