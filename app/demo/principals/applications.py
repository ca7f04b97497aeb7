"""Programs that read, list and keep house: viewers, players, machine learning, clips, retention, tags."""

from app.demo.documents import (
    Document,
    allow,
    channel_arn,
    deny,
    kvs,
    policy,
    stream_arn,
    trust_aws,
    trust_cognito,
    trust_service,
)
from app.demo.identifiers import guid
from app.demo.nouns import Cast, IdentityPool, Role
from app.demo.principals.baseline import AWS

_TASKS = "ecs-tasks.amazonaws.com"
_LAMBDA = "lambda.amazonaws.com"
_INVENTORY = ("ListStreams", "DescribeStream")


def _program(
    name: str, service: str, *statements: Document, managed: tuple[str, ...] = (), used: float | None = 0.1
) -> Role:
    inline = {"main": policy(*statements)} if statements else {}
    return Role(name, trust_service(service), inline=inline, managed=managed, last_used_days=used)


def consumers(account: str, *, analytics: str | None = None) -> tuple[Role, ...]:
    """Return the programs that read media. `analytics` is the account whose ML task assumes MLFrameConsumer."""
    trust = trust_service(_TASKS) if analytics is None else trust_aws(f"arn:aws:iam::{analytics}:role/MLPipeline")
    reader = policy(
        kvs("GetMedia", "GetDataEndpoint", "GetImages", "GetMediaForFragmentList", "ListFragments", *_INVENTORY)
    )
    return (
        Role("MLFrameConsumer", trust, inline={"frames": reader}, tags={"team": "analytics"}),
        _program(
            "HlsPortal",
            _TASKS,
            kvs("GetHLSStreamingSessionURL", "GetDASHStreamingSessionURL", "GetDataEndpoint", "GetClip", *_INVENTORY),
        ),
        _program(
            "ClipExporter", _LAMBDA, kvs("GetClip", "ListFragments", "GetDataEndpoint", "DeleteStream", *_INVENTORY)
        ),
        _program(
            "ThumbnailJob", _LAMBDA, kvs("GetImages", "GetDataEndpoint", on=stream_arn(account)), kvs(*_INVENTORY)
        ),
    )


def housekeeping(account: str) -> tuple[Role, ...]:
    """Return the programs that change streams but have no business with media."""
    own = stream_arn(account)
    return (
        _program(
            "RetentionJanitor",
            _LAMBDA,
            kvs("UpdateDataRetention", on=own),
            kvs(*_INVENTORY),
            deny("kinesisvideo:DeleteStream"),
        ),
        _program(
            "NotificationSetup",
            _LAMBDA,
            kvs(
                "UpdateNotificationConfiguration",
                "DescribeNotificationConfiguration",
                "UpdateImageGenerationConfiguration",
                "DescribeImageGenerationConfiguration",
                on=own,
            ),
        ),
        _program("TagSync", _LAMBDA, kvs("TagStream", "UntagStream", "TagResource", "ListTags*", "ListStreams")),
        _program("MetricsExporter", _LAMBDA, allow("cloudwatch:GetMetricData"), kvs("ListStreams")),
        _program("StreamFactory", _LAMBDA, kvs("CreateStream", "TagStream", "UpdateStream", "DescribeStream"), used=14),
        _program(
            "RekognitionStreams",
            "rekognition.amazonaws.com",
            managed=(AWS + "service-role/AmazonRekognitionServiceRole",),
        ),
        _program("VideoReadOnly", _TASKS, managed=(AWS + "AmazonKinesisVideoStreamsReadOnlyAccess",), used=None),
        _program(
            "TagScopedViewer",
            _TASKS,
            kvs("GetMedia", "GetDataEndpoint", when={"StringEquals": {"aws:ResourceTag/zone": "public"}}),
            kvs("TagStream", on=own),
            used=40,
        ),
        _program(
            "TypoStreamer",
            _TASKS,
            kvs("PutMedia", "GetStreamingEndpoint", on=f"arn:aws:kinesisvideo:*:{account}:stream/kiosk"),
            used=None,
        ),
        _program("QuarterlyExport", _LAMBDA, kvs("GetClip", "GetMediaForFragmentList", "ListFragments"), used=96),
    )


def webrtc_app(account: str, pool: IdentityPool, *, guests_may_watch: bool) -> Cast:
    """Return the roles that a phone app's users get from Cognito, signed in or not."""
    pool_id = pool_identifier(account, pool)
    viewer = kvs(
        "ConnectAsViewer",
        "GetIceServerConfig",
        "GetSignalingChannelEndpoint",
        "DescribeSignalingChannel",
        on=channel_arn(account),
    )
    guest = viewer if guests_may_watch else kvs("DescribeSignalingChannel", on=channel_arn(account))
    roles = [Role(pool.authenticated, trust_cognito(pool_id, "authenticated"), inline={"viewer": policy(viewer)})]
    if pool.unauthenticated is not None:
        trust = trust_cognito(pool_id, "unauthenticated")
        roles.append(Role(pool.unauthenticated, trust, inline={"guest": policy(guest)}))
    return Cast(roles=tuple(roles))


def pool_identifier(account: str, pool: IdentityPool) -> str:
    """Return the pool's identifier, `Region:GUID`."""
    return f"{pool.region}:{guid(account, 'pool', pool.name)}"
