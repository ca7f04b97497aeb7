"""Devices: fleets bound to their thing and fleets that are not, WebRTC masters, edge agents, a camera on a key."""

from app.demo.documents import channel_arn, kvs, policy, stream_arn, trust_service
from app.demo.identifiers import access_key
from app.demo.nouns import Cast, Document, Key, Role, User

IOT = "credentials.iot.amazonaws.com"
_PRODUCER = ("PutMedia", "GetDataEndpoint", "DescribeStream")
_THING = "${credentials-iot:ThingName}"


def bound_fleet(account: str, name: str, alias: str, region: str) -> Role:
    """Return the role of a fleet whose devices may write to the stream of their own name only.

    The trust names the role alias, against the confused deputy (IoT Developer Guide, "Cross-service confused deputy").
    """
    source = {
        "StringEquals": {"aws:SourceAccount": account},
        "ArnEquals": {"aws:SourceArn": f"arn:aws:iot:{region}:{account}:rolealias/{alias}"},
    }
    return Role(
        name,
        trust_service(IOT, source),
        inline={"own-stream": policy(kvs(*_PRODUCER, "TagStream", on=stream_arn(account, _THING)))},
        tags={"fleet": alias},
        max_session_hours=12,
    )


def shared_fleet(name: str, alias: str, *extra: str) -> Role:
    """Return the role of a fleet that grew too fast: every device may write to every stream."""
    return Role(
        name,
        trust_service(IOT),
        inline={"kvs": policy(kvs(*_PRODUCER, "CreateStream", "TagStream", *extra))},
        tags={"fleet": alias},
        max_session_hours=12,
    )


def everything_fleet(name: str) -> Role:
    """Return the role of the oldest fleet: all of Kinesis Video Streams, because it worked that way in 2021."""
    return Role(name, trust_service(IOT), inline={"camera": policy(kvs("*"))}, max_session_hours=12, age_days=1700)


def webrtc_master(account: str, name: str, *, may_view: bool) -> Role:
    """Return the role of doorbells and intercoms: master of any channel, and (by mistake) viewer."""
    actions = ["ConnectAsMaster", "GetIceServerConfig", "GetSignalingChannelEndpoint", "DescribeSignalingChannel"]
    return Role(
        name,
        trust_service(IOT),
        inline={
            "signaling": policy(kvs(*actions, *(["ConnectAsViewer"] if may_view else []), on=channel_arn(account)))
        },
        max_session_hours=12,
    )


def edge_agent(account: str) -> Role:
    """Return the role of the edge agents, which upload on a schedule."""
    actions = (
        "PutMedia",
        "GetDataEndpoint",
        "DescribeStream",
        "DescribeEdgeConfiguration",
        "GetSignalingChannelEndpoint",
    )
    return Role(
        "EdgeAgentRole",
        trust_service(IOT),
        inline={"edge": policy(kvs(*actions, on=stream_arn(account, "edge-*")), kvs("ListEdgeAgentConfigurations"))},
        max_session_hours=12,
    )


def keyed_camera(account: str, name: str, *, statement: Document | None = None, age_days: int = 1310) -> Cast:
    """Return a camera that calls with a user's long-term key, as the installer left it."""
    granted = statement or kvs("PutMedia", "GetDataEndpoint", "DescribeStream", "GetMedia")
    return Cast(
        users=(
            User(
                name,
                inline={"camera": policy(granted)},
                tags={"installed-by": "brightlens"},
                keys=(Key(access_key("AKIA", account, name), age_days=age_days, last_used_days=0.2),),
                age_days=age_days,
            ),
        )
    )
