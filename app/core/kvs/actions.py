"""The 46 IAM actions of Amazon Kinesis Video Streams.

Source: Service Authorization Reference, "Actions, resources, and condition keys for Amazon Kinesis Video Streams",
as read in November 2026; how CloudTrail logs them: KVS Developer Guide "Log API calls with AWS CloudTrail" and
CloudTrail User Guide "Logging data events". `is_logging_documented` False marks what AWS does not say and we expect.
"""

from dataclasses import dataclass
from enum import StrEnum

PREFIX = "kinesisvideo"
EVENT_SOURCE = "kinesisvideo.amazonaws.com"
STREAM_EVENTS = "AWS::KinesisVideo::Stream"
CHANNEL_EVENTS = "AWS::KinesisVideo::SignalingChannel"


class AccessLevel(StrEnum):
    """AWS's own classes. A bad proxy for "can see video": ConnectAsViewer is Write."""

    LIST = "List"
    READ = "Read"
    WRITE = "Write"
    TAGGING = "Tagging"


class Group(StrEnum):
    """What an action is for: the column groups of the matrix, in the order of their importance to a watcher."""

    MEDIA_READ_LIVE = "media_read_live"
    MEDIA_READ_ARCHIVE = "media_read_archive"
    PLAYBACK_URL = "playback_url"
    SIGNALING_VIEWER = "signaling_viewer"
    MEDIA_WRITE = "media_write"
    SIGNALING_MASTER = "signaling_master"
    STORAGE_SESSION = "storage_session"
    SIGNALING_SUPPORT = "signaling_support"
    ENDPOINT_DISCOVERY = "endpoint_discovery"
    INVENTORY = "inventory"
    CONFIG_READ = "config_read"
    CONFIG_WRITE = "config_write"
    LIFECYCLE_WRITE = "lifecycle_write"
    TAGGING = "tagging"


class Logging(StrEnum):
    """Which kind of CloudTrail event a call of the action is."""

    MANAGEMENT = "management"
    DATA = "data"


@dataclass(frozen=True, slots=True)
class Action:
    """One IAM action of KVS.

    `on_stream`/`on_channel`: the resource types that it takes; neither means `Resource: "*"` only.
    `exposes_media`: whoever may call it can see or hear what a camera records.
    """

    name: str
    group: Group
    level: AccessLevel
    on_stream: bool
    on_channel: bool
    exposes_media: bool
    logging: Logging
    is_logging_documented: bool

    @property
    def is_wildcard_only(self) -> bool:
        """Whether the action has no resource type and matches `Resource: "*"` only."""
        return not (self.on_stream or self.on_channel)

    @property
    def event_type(self) -> str:
        """The resource type under which an advanced event selector selects its data events."""
        return CHANNEL_EVENTS if self.on_channel and not self.on_stream else STREAM_EVENTS


ACTIONS: dict[str, Action] = {
    action.name: action
    for action in (
        Action("ConnectAsMaster", Group.SIGNALING_MASTER, AccessLevel.WRITE, False, True, False, Logging.DATA, False),
        Action("ConnectAsViewer", Group.SIGNALING_VIEWER, AccessLevel.WRITE, False, True, True, Logging.DATA, False),
        Action(
            "CreateSignalingChannel",
            Group.LIFECYCLE_WRITE,
            AccessLevel.WRITE,
            False,
            True,
            False,
            Logging.MANAGEMENT,
            True,
        ),
        Action("CreateStream", Group.LIFECYCLE_WRITE, AccessLevel.WRITE, True, False, False, Logging.MANAGEMENT, True),
        Action(
            "DeleteEdgeConfiguration",
            Group.CONFIG_WRITE,
            AccessLevel.WRITE,
            True,
            False,
            False,
            Logging.MANAGEMENT,
            False,
        ),
        Action(
            "DeleteSignalingChannel",
            Group.LIFECYCLE_WRITE,
            AccessLevel.WRITE,
            False,
            True,
            False,
            Logging.MANAGEMENT,
            True,
        ),
        Action("DeleteStream", Group.LIFECYCLE_WRITE, AccessLevel.WRITE, True, False, False, Logging.MANAGEMENT, True),
        Action(
            "DescribeEdgeConfiguration",
            Group.CONFIG_READ,
            AccessLevel.READ,
            True,
            False,
            False,
            Logging.MANAGEMENT,
            False,
        ),
        Action(
            "DescribeImageGenerationConfiguration",
            Group.CONFIG_READ,
            AccessLevel.READ,
            True,
            False,
            False,
            Logging.MANAGEMENT,
            False,
        ),
        Action(
            "DescribeMappedResourceConfiguration",
            Group.CONFIG_READ,
            AccessLevel.LIST,
            True,
            False,
            False,
            Logging.MANAGEMENT,
            False,
        ),
        Action(
            "DescribeMediaStorageConfiguration",
            Group.CONFIG_READ,
            AccessLevel.READ,
            False,
            True,
            False,
            Logging.MANAGEMENT,
            False,
        ),
        Action(
            "DescribeNotificationConfiguration",
            Group.CONFIG_READ,
            AccessLevel.READ,
            True,
            False,
            False,
            Logging.MANAGEMENT,
            False,
        ),
        Action(
            "DescribeSignalingChannel", Group.INVENTORY, AccessLevel.LIST, False, True, False, Logging.MANAGEMENT, True
        ),
        Action("DescribeStream", Group.INVENTORY, AccessLevel.LIST, True, False, False, Logging.MANAGEMENT, True),
        Action(
            "DescribeStreamStorageConfiguration",
            Group.CONFIG_READ,
            AccessLevel.READ,
            True,
            False,
            False,
            Logging.MANAGEMENT,
            False,
        ),
        Action("GetClip", Group.MEDIA_READ_ARCHIVE, AccessLevel.READ, True, False, True, Logging.DATA, False),
        Action(
            "GetDASHStreamingSessionURL", Group.PLAYBACK_URL, AccessLevel.READ, True, False, True, Logging.DATA, False
        ),
        Action(
            "GetDataEndpoint", Group.ENDPOINT_DISCOVERY, AccessLevel.READ, True, False, False, Logging.MANAGEMENT, True
        ),
        Action(
            "GetHLSStreamingSessionURL", Group.PLAYBACK_URL, AccessLevel.READ, True, False, True, Logging.DATA, False
        ),
        Action(
            "GetIceServerConfig", Group.SIGNALING_SUPPORT, AccessLevel.READ, False, True, False, Logging.DATA, False
        ),
        Action("GetImages", Group.MEDIA_READ_ARCHIVE, AccessLevel.READ, True, False, True, Logging.DATA, False),
        Action("GetMedia", Group.MEDIA_READ_LIVE, AccessLevel.READ, True, False, True, Logging.DATA, True),
        Action(
            "GetMediaForFragmentList",
            Group.MEDIA_READ_ARCHIVE,
            AccessLevel.READ,
            True,
            False,
            True,
            Logging.DATA,
            False,
        ),
        Action(
            "GetSignalingChannelEndpoint",
            Group.ENDPOINT_DISCOVERY,
            AccessLevel.READ,
            False,
            True,
            False,
            Logging.MANAGEMENT,
            True,
        ),
        Action("JoinStorageSession", Group.STORAGE_SESSION, AccessLevel.WRITE, False, True, False, Logging.DATA, False),
        Action(
            "JoinStorageSessionAsViewer",
            Group.STORAGE_SESSION,
            AccessLevel.WRITE,
            False,
            True,
            True,
            Logging.DATA,
            False,
        ),
        Action(
            "ListEdgeAgentConfigurations",
            Group.INVENTORY,
            AccessLevel.LIST,
            False,
            False,
            False,
            Logging.MANAGEMENT,
            False,
        ),
        Action("ListFragments", Group.MEDIA_READ_ARCHIVE, AccessLevel.LIST, True, False, False, Logging.DATA, False),
        Action(
            "ListSignalingChannels", Group.INVENTORY, AccessLevel.LIST, False, False, False, Logging.MANAGEMENT, True
        ),
        Action("ListStreams", Group.INVENTORY, AccessLevel.LIST, False, False, False, Logging.MANAGEMENT, True),
        Action("ListTagsForResource", Group.INVENTORY, AccessLevel.READ, True, True, False, Logging.MANAGEMENT, True),
        Action("ListTagsForStream", Group.INVENTORY, AccessLevel.READ, True, False, False, Logging.MANAGEMENT, True),
        Action("PutMedia", Group.MEDIA_WRITE, AccessLevel.WRITE, True, False, False, Logging.DATA, True),
        Action(
            "SendAlexaOfferToMaster", Group.SIGNALING_MASTER, AccessLevel.WRITE, False, True, False, Logging.DATA, False
        ),
        Action(
            "StartEdgeConfigurationUpdate",
            Group.CONFIG_WRITE,
            AccessLevel.WRITE,
            True,
            False,
            False,
            Logging.MANAGEMENT,
            False,
        ),
        Action("TagResource", Group.TAGGING, AccessLevel.TAGGING, True, True, False, Logging.MANAGEMENT, True),
        Action("TagStream", Group.TAGGING, AccessLevel.TAGGING, True, False, False, Logging.MANAGEMENT, True),
        Action("UntagResource", Group.TAGGING, AccessLevel.TAGGING, True, True, False, Logging.MANAGEMENT, True),
        Action("UntagStream", Group.TAGGING, AccessLevel.TAGGING, True, False, False, Logging.MANAGEMENT, True),
        Action(
            "UpdateDataRetention",
            Group.LIFECYCLE_WRITE,
            AccessLevel.WRITE,
            True,
            False,
            False,
            Logging.MANAGEMENT,
            True,
        ),
        Action(
            "UpdateImageGenerationConfiguration",
            Group.CONFIG_WRITE,
            AccessLevel.WRITE,
            True,
            False,
            False,
            Logging.MANAGEMENT,
            False,
        ),
        Action(
            "UpdateMediaStorageConfiguration",
            Group.CONFIG_WRITE,
            AccessLevel.WRITE,
            False,
            True,
            False,
            Logging.MANAGEMENT,
            False,
        ),
        Action(
            "UpdateNotificationConfiguration",
            Group.CONFIG_WRITE,
            AccessLevel.WRITE,
            True,
            False,
            False,
            Logging.MANAGEMENT,
            False,
        ),
        Action(
            "UpdateSignalingChannel",
            Group.LIFECYCLE_WRITE,
            AccessLevel.WRITE,
            False,
            True,
            False,
            Logging.MANAGEMENT,
            True,
        ),
        Action("UpdateStream", Group.LIFECYCLE_WRITE, AccessLevel.WRITE, True, False, False, Logging.MANAGEMENT, True),
        Action(
            "UpdateStreamStorageConfiguration",
            Group.CONFIG_WRITE,
            AccessLevel.WRITE,
            True,
            False,
            False,
            Logging.MANAGEMENT,
            False,
        ),
    )
}
NAMES: tuple[str, ...] = tuple(ACTIONS)
"""The fixed order of the actions, by name; an action's index is its bit in the matrix."""
BY_LOWER_NAME: dict[str, Action] = {name.lower(): action for name, action in ACTIONS.items()}
MEDIA_READ: frozenset[str] = frozenset(name for name, action in ACTIONS.items() if action.exposes_media)
IN_MATRIX_ORDER: tuple[Action, ...] = tuple(
    sorted(ACTIONS.values(), key=lambda a: (list(Group).index(a.group), a.name))
)
