"""What is known of the video that a reading call asked for."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct


class FootageKind(StrEnum):
    """What the request says of when its video is of. Of the first four the interval is known, of the others not."""

    INTERVAL = "interval"
    """From start to end."""
    LIVE = "live"
    """From the call on. A playback URL ends it; how long GetMedia or a viewer stayed is not logged."""
    REPLAY = "replay"
    """From a start in the past on, and then live until the playback URL ends."""
    ONWARD = "onward"
    """From a start on, as far as the caller read; how far is not logged."""
    EARLIEST = "earliest"
    """From the oldest that was stored at the time of the call: the stream's retention bounds it."""
    CONTINUATION_TOKEN = "continuation_token"  # noqa: S105 - no secret: the kind of a selector
    """From where an earlier answer ended; the token does not tell when that was."""
    FRAGMENT_NUMBER = "fragment_number"
    """Fragments by number, which no record ties to a time."""
    NOT_IN_RECORD = "not_in_record"
    """The record lacks what the API asks for: refused before it was read, left out, or written in an unknown way."""


RESOLVED = frozenset({FootageKind.INTERVAL, FootageKind.LIVE, FootageKind.REPLAY, FootageKind.ONWARD})


class FootageClock(StrEnum):
    """Whose clock the times are of: they may differ by as much as a camera's clock is wrong."""

    PRODUCER = "producer"
    SERVER = "server"


class Footage(Struct, frozen=True, gc=False):
    """The video that one call asked for. `start` and `end` None: not known, or open.

    `clock` None: the request names none, and the times are AWS's own (the call's, the URL's).
    """

    kind: FootageKind
    start: datetime | None = None
    end: datetime | None = None
    clock: FootageClock | None = None
