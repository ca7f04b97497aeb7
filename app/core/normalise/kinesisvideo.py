"""KVS's answers → streams and signaling channels. Source: KVS API Reference, StreamInfo and ChannelInfo."""

from collections.abc import Iterable, Mapping
from typing import Any

from app.core.model.stream import ResourceKind, Stream, StreamDetail
from app.core.parts import StreamDetails, Streams

_Raw = Mapping[str, Any]
NOT_CONFIGURED = "NOT_CONFIGURED"
"""Our word where AWS answers that there is no such configuration: it was read, and there is none."""


def streams(raw: Iterable[_Raw], region: str) -> Streams:
    """Return the streams of a Region in order of ARN."""
    return _in_order(
        Stream(
            arn=info["StreamARN"],
            name=info["StreamName"],
            region=region,
            kind=ResourceKind.STREAM,
            status=info["Status"],
            created_at=info["CreationTime"],
            retention_hours=info.get("DataRetentionInHours", 0),
            kms_key_id=info.get("KmsKeyId"),
            media_type=info.get("MediaType"),
            device_name=info.get("DeviceName"),
            version=info.get("Version"),
        )
        for info in raw
    )


def channels(raw: Iterable[_Raw], region: str) -> Streams:
    """Return the signaling channels of a Region in order of ARN."""
    return _in_order(
        Stream(
            arn=info["ChannelARN"],
            name=info["ChannelName"],
            region=region,
            kind=ResourceKind.CHANNEL,
            status=info["ChannelStatus"],
            created_at=info["CreationTime"],
            channel_type=info.get("ChannelType"),
            version=info.get("Version"),
        )
        for info in raw
    )


def tags(raw: Mapping[str, Mapping[str, str]], _region: str) -> StreamDetails:
    """Return the tags of each ARN."""
    return _details((arn, StreamDetail(tags=tuple(sorted(found.items())))) for arn, found in raw.items())


def images(raw: Mapping[str, _Raw | None], _region: str) -> StreamDetails:
    """Return the image generation of each ARN; None: not configured."""
    return _details(
        (arn, StreamDetail(image_generation_status=_status(found), image_destination_uri=_uri(found)))
        for arn, found in raw.items()
    )


def notifications(raw: Mapping[str, _Raw | None], _region: str) -> StreamDetails:
    """Return the notifications of each ARN; None: not configured."""
    return _details(
        (arn, StreamDetail(notification_status=_status(found), notification_destination_uri=_uri(found)))
        for arn, found in raw.items()
    )


def edge(raw: Mapping[str, _Raw | None], _region: str) -> StreamDetails:
    """Return SyncStatus and hub device of each ARN's edge configuration; None: not configured."""
    return _details(
        (arn, StreamDetail(edge_status=_status(found, "SyncStatus"), edge_hub_arn=_hub(found)))
        for arn, found in raw.items()
    )


def storage(raw: Mapping[str, _Raw | None], _region: str) -> StreamDetails:
    """Return to which stream each channel's media are stored; None: not configured."""
    return _details(
        (
            arn,
            StreamDetail(media_storage_status=_status(found), media_storage_stream_arn=(found or {}).get("StreamARN")),
        )
        for arn, found in raw.items()
    )


def _in_order(found: Iterable[Stream]) -> Streams:
    return Streams(tuple(sorted(found, key=lambda stream: stream.arn)))


def _details(found: Iterable[tuple[str, StreamDetail]]) -> StreamDetails:
    return StreamDetails(tuple(sorted(found, key=lambda pair: pair[0])))


def _status(found: _Raw | None, field: str = "Status") -> str:
    return NOT_CONFIGURED if found is None else str(found.get(field, NOT_CONFIGURED))


def _uri(found: _Raw | None) -> str | None:
    uri: str | None = (found or {}).get("DestinationConfig", {}).get("Uri")
    return uri


def _hub(found: _Raw | None) -> str | None:
    hub: str | None = (found or {}).get("EdgeConfig", {}).get("HubDeviceArn")
    return hub
