"""Kinesis Video Streams: the streams and signaling channels of one Region.

Source: KVS API Reference, ListStreams (which returns all that DescribeStream does) and ListSignalingChannels.
"""

from typing import Any

from app.aws.collectors._collector import Calls, Collector, PartReader, Reach
from app.core.normalise import kinesisvideo as normalise

_PAGE = 10_000


def streams(calls: Calls, _needed: Any) -> list[dict[str, Any]]:
    """Return every StreamInfo."""
    return calls.items("kinesisvideo", "list_streams", "StreamInfoList", MaxResults=_PAGE)


def channels(calls: Calls, _needed: Any) -> list[dict[str, Any]]:
    """Return every ChannelInfo; the service gives 500 a page when it is not asked for more."""
    return calls.items("kinesisvideo", "list_signaling_channels", "ChannelInfoList", MaxResults=_PAGE)


STREAMS = PartReader("streams", ("kinesisvideo:ListStreams",), streams, normalise.streams)
CHANNELS = PartReader("channels", ("kinesisvideo:ListSignalingChannels",), channels, normalise.channels)

COLLECTOR = Collector(title="KVS: streams and signaling channels", reach=Reach.REGIONAL, parts=(STREAMS, CHANNELS))
