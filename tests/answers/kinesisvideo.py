"""Answers of Kinesis Video Streams as boto3 hands them over."""

from datetime import UTC, datetime

CREATED = datetime(2025, 6, 1, 12, tzinfo=UTC)
DOOR = "arn:aws:kinesisvideo:eu-central-1:111122223333:stream/door/1748779200000"
YARD = "arn:aws:kinesisvideo:eu-central-1:111122223333:stream/yard/1748779200001"
BELL = "arn:aws:kinesisvideo:eu-central-1:111122223333:channel/bell/1748779200002"

STREAMS = [
    {
        "DeviceName": "yard-cam",
        "StreamName": "yard",
        "StreamARN": YARD,
        "MediaType": "video/h264",
        "KmsKeyId": "arn:aws:kms:eu-central-1:111122223333:key/1",
        "Version": "a",
        "Status": "ACTIVE",
        "CreationTime": CREATED,
        "DataRetentionInHours": 24,
    },
    {"StreamName": "door", "StreamARN": DOOR, "Status": "ACTIVE", "CreationTime": CREATED, "DataRetentionInHours": 0},
]
CHANNELS = [
    {
        "ChannelName": "bell",
        "ChannelARN": BELL,
        "ChannelType": "SINGLE_MASTER",
        "ChannelStatus": "ACTIVE",
        "CreationTime": CREATED,
        "SingleMasterConfiguration": {"MessageTtlSeconds": 60},
        "Version": "b",
    }
]
IMAGES = {
    DOOR: None,
    YARD: {
        "Status": "ENABLED",
        "ImageSelectorType": "PRODUCER_TIMESTAMP",
        "DestinationConfig": {"Uri": "s3://frames/yard", "DestinationRegion": "eu-central-1"},
    },
}
