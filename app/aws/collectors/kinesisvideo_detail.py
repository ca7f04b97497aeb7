"""Kinesis Video Streams: what has to be asked stream by stream; of all once a day, because it costs a call each.

Sources: KVS API Reference (ListTagsForStream, ListTagsForResource, DescribeImageGenerationConfiguration,
DescribeNotificationConfiguration, DescribeEdgeConfiguration, DescribeMediaStorageConfiguration).
"""

from collections.abc import Callable
from typing import Any

from app.aws.collectors._collector import Calls, Collector, PartReader, Reach
from app.aws.collectors.kinesisvideo import CHANNELS, STREAMS
from app.aws.errors import NotThere
from app.aws.pages import pages
from app.core.normalise import kinesisvideo as normalise

_GONE = "ResourceNotFoundException"
_Found = dict[str, Any]


def stream_tags(calls: Calls, streams: list[dict[str, Any]]) -> _Found:
    """Return the tags of each stream by ARN."""
    return _each(calls, streams, "StreamARN", lambda arn: _tags(calls, "list_tags_for_stream", StreamARN=arn))


def channel_tags(calls: Calls, channels: list[dict[str, Any]]) -> _Found:
    """Return the tags of each channel by ARN."""
    return _each(calls, channels, "ChannelARN", lambda arn: _tags(calls, "list_tags_for_resource", ResourceARN=arn))


def images(calls: Calls, streams: list[dict[str, Any]]) -> _Found:
    """Return the ImageGenerationConfiguration of each stream by ARN; None where there is none."""

    def read(arn: str) -> Any:
        answer = calls.call("kinesisvideo", "describe_image_generation_configuration", StreamARN=arn)
        return answer.get("ImageGenerationConfiguration")

    return _each(calls, streams, "StreamARN", read)


def notifications(calls: Calls, streams: list[dict[str, Any]]) -> _Found:
    """Return the NotificationConfiguration of each stream by ARN; None where there is none."""

    def read(arn: str) -> Any:
        answer = calls.call("kinesisvideo", "describe_notification_configuration", StreamARN=arn)
        return answer.get("NotificationConfiguration")

    return _each(calls, streams, "StreamARN", read)


def edge(calls: Calls, streams: list[dict[str, Any]]) -> _Found:
    """Return the edge configuration of each stream by ARN; None where there is none."""

    def read(arn: str) -> Any:
        answer = calls.call("kinesisvideo", "describe_edge_configuration", StreamARN=arn)
        return answer if answer.get("EdgeConfig") else None

    return _each(calls, streams, "StreamARN", read)


def storage(calls: Calls, channels: list[dict[str, Any]]) -> _Found:
    """Return the MediaStorageConfiguration of each channel by ARN; None where there is none."""

    def read(arn: str) -> Any:
        answer = calls.call("kinesisvideo", "describe_media_storage_configuration", ChannelARN=arn)
        return answer.get("MediaStorageConfiguration")

    return _each(calls, channels, "ChannelARN", read)


def _tags(calls: Calls, operation: str, **which: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for page in pages(calls.session, "kinesisvideo", operation, calls.region, **which):
        found.update(page.get("Tags", {}))
    return found


def _each(calls: Calls, listed: list[dict[str, Any]], key: str, read: Callable[[str], Any]) -> _Found:
    """Return what `read` finds by ARN, of those that are wanted; one that was deleted since the listing is left out."""
    found: _Found = {}
    for arn in calls.each([info[key] for info in listed if _is_wanted(calls.only, info[key])], "streams"):
        try:
            found[arn] = read(arn)
        except NotThere as error:
            if error.code != _GONE:
                found[arn] = None
    return found


def _is_wanted(only: frozenset[str] | None, arn: str) -> bool:
    """Tell whether a stream is among those that are wanted; an event may have named it by its name alone."""
    # arn:aws:kinesisvideo:<region>:<account>:stream/<name>/<creation time>
    return only is None or arn in only or arn.split("/")[1] in only


COLLECTOR = Collector(
    title="KVS: tags, images, notifications, edge and storage of each stream",
    reach=Reach.REGIONAL,
    every_s=24 * 3600,
    parts=(
        STREAMS,
        CHANNELS,
        PartReader("stream_tags", ("kinesisvideo:ListTagsForStream",), stream_tags, normalise.tags, needs="streams"),
        PartReader(
            "stream_images",
            ("kinesisvideo:DescribeImageGenerationConfiguration",),
            images,
            normalise.images,
            needs="streams",
        ),
        PartReader(
            "stream_notifications",
            ("kinesisvideo:DescribeNotificationConfiguration",),
            notifications,
            normalise.notifications,
            needs="streams",
        ),
        PartReader("stream_edge", ("kinesisvideo:DescribeEdgeConfiguration",), edge, normalise.edge, needs="streams"),
        PartReader(
            "channel_tags", ("kinesisvideo:ListTagsForResource",), channel_tags, normalise.tags, needs="channels"
        ),
        PartReader(
            "channel_storage",
            ("kinesisvideo:DescribeMediaStorageConfiguration",),
            storage,
            normalise.storage,
            needs="channels",
        ),
    ),
)
