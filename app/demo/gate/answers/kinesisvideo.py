"""Kinesis Video Streams: paged lists, tags, signaling channels, and the settings of a stream."""

from typing import Any

from moto.kinesisvideo.models import Stream, kinesisvideo_backends

from app.demo.gate.answers import Answers, Handler
from app.demo.gate.answers._paging import page
from app.demo.gate.call import Call
from app.demo.gate.errors import AwsError
from app.demo.gate.world import World
from app.demo.identifiers import guid

_PAGE = 10_000
_CHANNEL_PAGE = 500
"""ListSignalingChannels gives 500 a page unless asked for more (KVS API reference)."""


def list_streams(_world: World, call: Call) -> dict[str, Any]:
    """ListStreams: by name prefix, in pages."""
    wanted = call.params.get("StreamNameCondition")
    matching = [stream for stream in _streams(call).values() if _has_name(wanted, stream.stream_name)]
    part, token = page(matching, call.params.get("NextToken"), call.params.get("MaxResults"), _PAGE)
    return {"StreamInfoList": [stream.to_dict() for stream in part], "NextToken": token}


def list_tags_for_stream(_world: World, call: Call) -> dict[str, Any]:
    """ListTagsForStream."""
    return {"Tags": _stream(call).tags or {}}


def tag_stream(_world: World, call: Call) -> None:
    """TagStream."""
    stream = _stream(call)
    stream.tags = {**(stream.tags or {}), **call.params["Tags"]}


def untag_stream(_world: World, call: Call) -> None:
    """UntagStream."""
    stream = _stream(call)
    stream.tags = {key: value for key, value in (stream.tags or {}).items() if key not in call.params["TagKeyList"]}


def update_data_retention(_world: World, call: Call) -> None:
    """UpdateDataRetention."""
    sign = 1 if call.params["Operation"] == "INCREASE_DATA_RETENTION" else -1
    _stream(call).data_retention_in_hours += sign * int(call.params["DataRetentionChangeInHours"])


def list_channels(world: World, call: Call) -> dict[str, Any]:
    """ListSignalingChannels: by name prefix, in pages."""
    wanted = call.params.get("ChannelNameCondition")
    matching = [channel for channel in _channels(world, call).values() if _has_name(wanted, channel["ChannelName"])]
    part, token = page(matching, call.params.get("NextToken"), call.params.get("MaxResults"), _CHANNEL_PAGE)
    return {"ChannelInfoList": part, "NextToken": token}


def create_channel(world: World, call: Call) -> dict[str, Any]:
    """CreateSignalingChannel.

    Raises:
        AwsError: ResourceInUseException when there is one of that name.
    """
    name = call.params["ChannelName"]
    channels = _channels(world, call)
    if any(channel["ChannelName"] == name for channel in channels.values()):
        raise AwsError("ResourceInUseException", f"The channel {name} already exists.")
    created_at = world.clock()
    arn = f"arn:aws:kinesisvideo:{call.region}:{call.account}:channel/{name}/{int(created_at.timestamp() * 1000)}"
    channels[arn] = {
        "ChannelName": name,
        "ChannelARN": arn,
        "ChannelType": call.params.get("ChannelType", "SINGLE_MASTER"),
        "ChannelStatus": "ACTIVE",
        "CreationTime": created_at,
        "SingleMasterConfiguration": call.params.get("SingleMasterConfiguration", {"MessageTtlSeconds": 60}),
        "Version": guid(arn).replace("-", "")[:20],
        "tags": {tag["Key"]: tag["Value"] for tag in call.params.get("Tags", [])},
    }
    return {"ChannelARN": arn}


def describe_channel(world: World, call: Call) -> dict[str, Any]:
    """DescribeSignalingChannel."""
    return {"ChannelInfo": _channel(world, call)}


def delete_channel(world: World, call: Call) -> None:
    """DeleteSignalingChannel."""
    del _channels(world, call)[_channel(world, call)["ChannelARN"]]


def list_tags_for_resource(world: World, call: Call) -> dict[str, Any]:
    """ListTagsForResource, of streams and channels alike."""
    if ":stream/" in str(call.params.get("ResourceARN")):
        return {"Tags": _stream(call, "ResourceARN").tags or {}}
    return {"Tags": _channel(world, call, "ResourceARN")["tags"]}


def describe_edge(world: World, call: Call) -> dict[str, Any]:
    """DescribeEdgeConfiguration.

    Raises:
        AwsError: StreamEdgeConfigurationNotFoundException, AWS's way to say that there is none.
    """
    stream = _stream(call)
    configuration = world.items[call.account, call.region, "EdgeConfiguration"].get(stream.arn)
    if configuration is None:
        message = f"No edge configuration found for {stream.stream_name}"
        raise AwsError("StreamEdgeConfigurationNotFoundException", message, 404)
    return {
        "StreamName": stream.stream_name,
        "StreamARN": stream.arn,
        "CreationTime": stream.creation_time,
        "LastUpdatedTime": stream.creation_time,
        "SyncStatus": "IN_SYNC",
        "EdgeConfig": configuration,
    }


def list_edge_agents(world: World, call: Call) -> dict[str, Any]:
    """ListEdgeAgentConfigurations of one hub device."""
    found = []
    for arn, configuration in world.items[call.account, call.region, "EdgeConfiguration"].items():
        if configuration.get("HubDeviceArn") == call.params.get("HubDeviceArn"):
            name = arn.split("/")[1]
            found.append({"StreamName": name, "StreamARN": arn, "SyncStatus": "IN_SYNC", "EdgeConfig": configuration})
    return {"EdgeConfigs": found}


def describe_media_storage(world: World, call: Call) -> dict[str, Any]:
    """DescribeMediaStorageConfiguration of a channel."""
    channel = _channel(world, call)
    stream = world.items[call.account, call.region, "MediaStorage"].get(channel["ChannelName"])
    configuration = {"Status": "ENABLED", "StreamARN": stream} if stream else {"Status": "DISABLED"}
    return {"MediaStorageConfiguration": configuration}


def describe_mapped_resource(world: World, call: Call) -> dict[str, Any]:
    """DescribeMappedResourceConfiguration: the channel that writes to a stream."""
    stream = _stream(call)
    mapped = world.items[call.account, call.region, "MediaStorage"]
    names = [name for name, arn in mapped.items() if arn == stream.arn]
    arns = [arn for arn, channel in _channels(world, call).items() if channel["ChannelName"] in names]
    return {
        "MappedResourceConfigurationList": [{"Type": "AWS::KinesisVideo::SignalingChannel", "ARN": arn} for arn in arns]
    }


def describe_stream_storage(_world: World, call: Call) -> dict[str, Any]:
    """DescribeStreamStorageConfiguration: every stream is in the hot tier."""
    stream = _stream(call)
    return {
        "StreamName": stream.stream_name,
        "StreamARN": stream.arn,
        "StreamStorageConfiguration": {"DefaultStorageTier": "HOT"},
    }


def _describes(kind: str) -> Handler:
    def describe(world: World, call: Call) -> dict[str, Any]:
        return {kind: world.items[call.account, call.region, kind].get(_stream(call).arn)}

    return describe


def _updates(kind: str) -> Handler:
    def update(world: World, call: Call) -> None:
        world.items[call.account, call.region, kind][_stream(call).arn] = call.params[kind]

    return update


def _streams(call: Call) -> dict[str, Stream]:
    streams: dict[str, Stream] = kinesisvideo_backends[call.account][call.region].streams
    return streams


def _stream(call: Call, arn_name: str = "StreamARN") -> Stream:
    arn, name = call.params.get(arn_name), call.params.get("StreamName")
    for stream in _streams(call).values():
        if stream.arn == arn or stream.stream_name == name:
            return stream
    raise AwsError("ResourceNotFoundException", "The requested stream is not found or not active.", 404)


def _channels(world: World, call: Call) -> dict[str, Any]:
    return world.items[call.account, call.region, "channel"]


def _channel(world: World, call: Call, arn_name: str = "ChannelARN") -> dict[str, Any]:
    arn, name = call.params.get(arn_name), call.params.get("ChannelName")
    for channel in _channels(world, call).values():
        if channel["ChannelARN"] == arn or channel["ChannelName"] == name:
            found: dict[str, Any] = channel
            return found
    raise AwsError("ResourceNotFoundException", "The requested channel is not found or not active.", 404)


def _has_name(condition: dict[str, str] | None, name: str) -> bool:
    """Tell whether a name meets a name condition; BEGINS_WITH is the only operator that KVS has."""
    return not condition or name.startswith(condition.get("ComparisonValue", ""))


_SETTINGS: tuple[str, ...] = ("ImageGenerationConfiguration", "NotificationConfiguration")

ANSWERS = Answers(
    "kinesisvideo",
    {
        "ListStreams": list_streams,
        "ListTagsForStream": list_tags_for_stream,
        "TagStream": tag_stream,
        "UntagStream": untag_stream,
        "UpdateDataRetention": update_data_retention,
        "ListSignalingChannels": list_channels,
        "CreateSignalingChannel": create_channel,
        "DescribeSignalingChannel": describe_channel,
        "DeleteSignalingChannel": delete_channel,
        "ListTagsForResource": list_tags_for_resource,
        "DescribeEdgeConfiguration": describe_edge,
        "ListEdgeAgentConfigurations": list_edge_agents,
        "DescribeMediaStorageConfiguration": describe_media_storage,
        "DescribeMappedResourceConfiguration": describe_mapped_resource,
        "DescribeStreamStorageConfiguration": describe_stream_storage,
        **{f"Describe{kind}": _describes(kind) for kind in _SETTINGS},
        **{f"Update{kind}": _updates(kind) for kind in _SETTINGS},
    },
)
