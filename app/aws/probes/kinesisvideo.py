"""Kinesis Video Streams: lists of one, and the settings of one stream and one channel."""

from collections.abc import Callable
from typing import Any

from app.aws.collectors._collector import Reach
from app.aws.probes._probe import NOBODY, Asking, Probe, Probes

_KVS = "kinesisvideo"


def _streams(asking: Asking) -> Any:
    return asking.call(_KVS, "list_streams", MaxResults=1)


def _channels(asking: Asking) -> Any:
    return asking.call(_KVS, "list_signaling_channels", MaxResults=1)


def _of_stream(operation: str, parameter: str = "StreamARN") -> Probe:
    def ask(asking: Asking) -> object:
        return asking.call(_KVS, operation, **{parameter: _some(asking, "stream", _streams, "StreamInfoList")})

    return ask


def _of_channel(operation: str, parameter: str = "ChannelARN") -> Probe:
    def ask(asking: Asking) -> object:
        return asking.call(_KVS, operation, **{parameter: _some(asking, "channel", _channels, "ChannelInfoList")})

    return ask


def _some(asking: Asking, kind: str, listed: Callable[[Asking], Any], key: str) -> str:
    """Return the ARN of the first stream or channel, or of one that there is not."""
    account = asking.session.account
    nobody = f"arn:{account.partition}:kinesisvideo:{asking.region}:{account.id:012d}:{kind}/{NOBODY}/1000000000000"

    def first() -> str:
        found = listed(asking).get(key, ())
        return str(found[0][f"{kind.title()}ARN"]) if found else nobody

    return asking.once(kind, first, nobody)


PROBES = Probes(
    Reach.REGIONAL,
    {
        "kinesisvideo:ListStreams": _streams,
        "kinesisvideo:ListSignalingChannels": _channels,
        "kinesisvideo:ListTagsForStream": _of_stream("list_tags_for_stream"),
        "kinesisvideo:DescribeImageGenerationConfiguration": _of_stream("describe_image_generation_configuration"),
        "kinesisvideo:DescribeNotificationConfiguration": _of_stream("describe_notification_configuration"),
        "kinesisvideo:DescribeEdgeConfiguration": _of_stream("describe_edge_configuration"),
        "kinesisvideo:ListTagsForResource": _of_channel("list_tags_for_resource", "ResourceARN"),
        "kinesisvideo:DescribeMediaStorageConfiguration": _of_channel("describe_media_storage_configuration"),
    },
)
