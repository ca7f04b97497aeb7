"""A Kinesis video stream or signaling channel, as ListStreams and ListSignalingChannels give it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ResourceKind(StrEnum):
    """The two resource types of the service (Service Authorization Reference, `kinesisvideo`)."""

    STREAM = "stream"
    CHANNEL = "channel"


@dataclass(frozen=True, slots=True)
class StreamDetail:
    """What is read stream by stream, once a day: None says that this part was not read."""

    tags: tuple[tuple[str, str], ...] | None = None
    image_generation_status: str | None = None
    image_destination_uri: str | None = None
    notification_status: str | None = None
    notification_destination_uri: str | None = None
    edge_status: str | None = None
    edge_hub_arn: str | None = None
    media_storage_status: str | None = None
    media_storage_stream_arn: str | None = None

    @property
    def stores_to(self) -> str | None:
        """The stream to which a channel's media are stored; a configuration that is DISABLED may still name one."""
        return None if self.media_storage_status == "DISABLED" else self.media_storage_stream_arn


@dataclass(frozen=True, slots=True)
class Stream:
    """One stream or channel. A channel keeps no media: `retention_hours` and `kms_key_id` are None there."""

    arn: str
    name: str
    region: str
    kind: ResourceKind
    status: str
    created_at: datetime
    retention_hours: int | None = None
    kms_key_id: str | None = None
    media_type: str | None = None
    device_name: str | None = None
    channel_type: str | None = None
    version: str | None = None
    detail: StreamDetail = StreamDetail()
