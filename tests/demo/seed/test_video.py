from app.demo.emulator import Emulator
from app.demo.resources import stream_arn
from tests.demo.conftest import client_of


def test_moto_has_every_stream_under_its_own_arn(aws, client):
    for account in aws.estate.accounts:
        for region in account.regions if account.streams else ():
            listed = client("kinesisvideo", account.name, region).list_streams()["StreamInfoList"]
            own = {stream_arn(account.id, stream) for stream in account.streams if stream.region == region}
            assert {stream["StreamARN"] for stream in listed} == own


def test_channels_and_where_they_record_are_there():
    with Emulator(days=0) as aws:
        video = client_of(aws)("kinesisvideo", "webrtc-intercom")
        channels = video.list_signaling_channels()["ChannelInfoList"]
        storage = video.describe_media_storage_configuration(ChannelName="door-001")["MediaStorageConfiguration"]
        edge = client_of(aws)("kinesisvideo", "clinic-video").describe_edge_configuration(StreamName="edge-annex-1")
        mapped = video.describe_mapped_resource_configuration(StreamName="door-recording")

    assert len(channels) == 34
    assert edge["EdgeConfig"]["UploaderConfig"]["ScheduleConfig"]["DurationInSeconds"] == 3600
    assert storage["Status"] == "ENABLED"
    assert ":stream/door-recording/" in storage["StreamARN"]
    assert mapped["MappedResourceConfigurationList"][0]["ARN"] == channels[0]["ChannelARN"]


def test_a_stream_without_a_key_of_its_own_uses_aws_managed_one(client):
    stream = client("kinesisvideo", "cams-prod-eu", "eu-west-1").list_streams()["StreamInfoList"][0]

    assert stream["KmsKeyId"].endswith(":alias/aws/kinesisvideo")
