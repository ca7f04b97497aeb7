"""The kinds of record that are kept; everything else in a log file is skipped and counted."""

from enum import StrEnum


class Kind(StrEnum):
    """Why a record is kept."""

    KVS = "kvs"
    """A Kinesis Video Streams call."""
    SESSION = "session"
    """An AssumeRole* call: it issued the temporary key of a role session."""
    TRAIL = "trail"
    """A call that changes what CloudTrail logs."""


ALL_KINDS: frozenset[Kind] = frozenset(Kind)

KVS_SOURCE_PREFIX = "kinesisvideo"
"""Of eventSource. AWS shows the source of media calls nowhere: the prefix or the resource type decides."""
KVS_RESOURCE_PREFIX = "AWS::KinesisVideo::"
SESSION_SOURCE = "sts.amazonaws.com"
SESSION_NAME_PREFIX = "AssumeRole"
TRAIL_SOURCE = "cloudtrail.amazonaws.com"
TRAIL_NAMES: frozenset[str] = frozenset(
    {"CreateTrail", "DeleteTrail", "PutEventSelectors", "StartLogging", "StopLogging", "UpdateTrail"}
)


def kind_of(source: str | None, name: str | None, resource_types: tuple[str | None, ...]) -> Kind | None:
    """Return why a record with these top-level fields is kept, or None when it is not.

    `source` may have white space around it: three of five examples in the KVS guide have
    (KVS Developer Guide, "Log API calls with AWS CloudTrail").
    """
    if source is not None and source.strip().startswith(KVS_SOURCE_PREFIX):
        return Kind.KVS
    if name is not None and source == SESSION_SOURCE and name.startswith(SESSION_NAME_PREFIX):
        return Kind.SESSION
    if source == TRAIL_SOURCE and name in TRAIL_NAMES:
        return Kind.TRAIL
    if any(kind is not None and kind.startswith(KVS_RESOURCE_PREFIX) for kind in resource_types):
        return Kind.KVS
    return None
