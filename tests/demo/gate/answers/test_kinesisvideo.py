import pytest
from botocore.exceptions import ClientError

from app.demo.emulator import Emulator
from tests.demo.conftest import client_of


def test_it_lists_streams_in_pages(client):
    pages = list(client("kinesisvideo").get_paginator("list_streams").paginate(PaginationConfig={"PageSize": 3}))

    assert [len(page["StreamInfoList"]) for page in pages] == [3, 1]
    names = [stream["StreamName"] for page in pages for stream in page["StreamInfoList"]]
    assert names == ["whs-001", "whs-014", "whs-021", "gate-07"]


def test_it_lists_streams_by_the_beginning_of_their_name(client):
    condition = {"ComparisonOperator": "BEGINS_WITH", "ComparisonValue": "gate-"}

    listed = client("kinesisvideo").list_streams(StreamNameCondition=condition)["StreamInfoList"]

    assert [stream["StreamName"] for stream in listed] == ["gate-07"]


def test_a_stream_has_its_own_arn_its_key_and_the_time_that_the_arn_tells(client):
    streams = client("kinesisvideo").list_streams()["StreamInfoList"]

    assert len({stream["StreamARN"].rsplit("/", 1)[-1] for stream in streams}) == len(streams)
    first = streams[0]
    assert int(first["StreamARN"].rsplit("/", 1)[-1]) // 1000 == int(first["CreationTime"].timestamp())
    assert first["KmsKeyId"].startswith("arn:aws:kms:eu-central-1:310045578826:key/")
    assert first["DataRetentionInHours"] == 168


def test_the_key_of_a_stream_is_one_that_kms_describes(client):
    stream = client("kinesisvideo").list_streams()["StreamInfoList"][0]

    key = client("kms").describe_key(KeyId=stream["KmsKeyId"])["KeyMetadata"]

    assert key["KeyState"] == "Enabled"
    assert key["KeyManager"] == "CUSTOMER"


def test_it_shows_tags_by_arn_of_a_stream(client):
    video = client("kinesisvideo")
    arn = video.describe_stream(StreamName="gate-07")["StreamInfo"]["StreamARN"]

    assert video.list_tags_for_stream(StreamARN=arn)["Tags"]["installed-by"] == "brightlens"
    assert video.list_tags_for_resource(ResourceARN=arn)["Tags"]["installed-by"] == "brightlens"


def test_a_stream_without_settings_answers_as_aws_does(client):
    video = client("kinesisvideo")

    assert "ImageGenerationConfiguration" not in video.describe_image_generation_configuration(StreamName="gate-07")
    assert "NotificationConfiguration" not in video.describe_notification_configuration(StreamName="gate-07")
    with pytest.raises(ClientError, match="StreamEdgeConfigurationNotFoundException"):
        video.describe_edge_configuration(StreamName="gate-07")


def test_a_stream_with_settings_shows_them(client):
    shown = client("kinesisvideo").describe_image_generation_configuration(StreamName="whs-001")

    assert shown["ImageGenerationConfiguration"]["DestinationConfig"]["Uri"].startswith("s3://")


def test_a_stream_that_is_not_there_is_not_found(client):
    with pytest.raises(ClientError) as missing:
        client("kinesisvideo").list_tags_for_stream(StreamName="nowhere")

    assert missing.value.response["Error"]["Code"] == "ResourceNotFoundException"
    assert missing.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404


def test_a_channel_lives_from_creation_to_deletion():
    with Emulator(small=True, days=0) as aws:
        video = client_of(aws)("kinesisvideo")
        arn = video.create_signaling_channel(ChannelName="door", Tags=[{"Key": "k", "Value": "v"}])["ChannelARN"]
        with pytest.raises(ClientError, match="ResourceInUseException"):
            video.create_signaling_channel(ChannelName="door")
        listed = video.list_signaling_channels()["ChannelInfoList"]
        tags = video.list_tags_for_resource(ResourceARN=arn)["Tags"]
        storage = video.describe_media_storage_configuration(ChannelName="door")["MediaStorageConfiguration"]
        video.delete_signaling_channel(ChannelARN=arn)
        after = video.list_signaling_channels()["ChannelInfoList"]

    assert [channel["ChannelARN"] for channel in listed] == [arn]
    assert tags == {"k": "v"}
    assert storage["Status"] == "DISABLED"
    assert after == []


def test_retention_and_tags_change_as_asked():
    with Emulator(small=True, days=0) as aws:
        video = client_of(aws)("kinesisvideo")
        before = video.describe_stream(StreamName="gate-07")["StreamInfo"]
        video.update_data_retention(
            StreamName="gate-07",
            CurrentVersion=before["Version"],
            Operation="DECREASE_DATA_RETENTION",
            DataRetentionChangeInHours=20,
        )
        video.tag_stream(StreamName="gate-07", Tags={"new": "yes"})
        video.untag_stream(StreamName="gate-07", TagKeyList=["site"])
        after = video.describe_stream(StreamName="gate-07")["StreamInfo"]
        tags = video.list_tags_for_stream(StreamName="gate-07")["Tags"]

    assert after["DataRetentionInHours"] == before["DataRetentionInHours"] - 20
    assert "site" not in tags
    assert tags["new"] == "yes"
