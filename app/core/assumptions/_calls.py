"""The groups of calls that assumptions are about, from the catalogue of actions."""

from app.core.kvs.actions import ACTIONS, CHANNEL_EVENTS, Group, Logging

DATA_CALLS: tuple[str, ...] = tuple(name for name, one in ACTIONS.items() if one.logging is Logging.DATA)
"""PutMedia, GetMedia and all that are expected to be data events like them."""
SIGNALING_CALLS: tuple[str, ...] = tuple(name for name in DATA_CALLS if ACTIONS[name].event_type == CHANNEL_EVENTS)
STREAM_CALLS: tuple[str, ...] = tuple(name for name in DATA_CALLS if name not in SIGNALING_CALLS)
PLAYBACK_URL_CALLS: tuple[str, ...] = tuple(name for name in DATA_CALLS if ACTIONS[name].group is Group.PLAYBACK_URL)
ARCHIVE_CALLS: tuple[str, ...] = tuple(
    name for name in STREAM_CALLS if name not in {*PLAYBACK_URL_CALLS, "GetMedia", "PutMedia"}
)
UNDOCUMENTED_MANAGEMENT_CALLS: tuple[str, ...] = tuple(
    name for name, one in ACTIONS.items() if one.logging is Logging.MANAGEMENT and not one.is_logging_documented
)
READING_CALLS: tuple[str, ...] = ("GetMedia", *ARCHIVE_CALLS, *PLAYBACK_URL_CALLS)
"""Those with parameters that say which video is asked for."""
LONG_CALLS: tuple[str, ...] = ("GetMedia", "PutMedia")
"""Those that last: the back end ends a PutMedia after 45 minutes (KVS Developer Guide, "Service quotas")."""
