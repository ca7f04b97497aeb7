"""What the readings before and after a time found of a part: between two of them nobody looked."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ReadingState(StrEnum):
    """What the readings around a time say of a part at that time."""

    SAME = "same"
    """Readings before and after it found the same."""
    CHANGED_BETWEEN = "changed_between"
    """The reading after it found something else than the one before."""
    NOT_READ_SINCE = "not_read_since"
    UNKNOWN = "unknown"
    """Nothing was read before it."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One part of an account in one Region ("" for global parts), around a time.

    The version that stood then was found first at `first_at` and last at `last_at`; None: there was none yet. Where a
    piece of it was read by itself at `first_at`, all of it was read last before that.
    `next_at` is when a reading found another, or the first one; None: none did. `apart` are the readings on both sides
    of the time where none succeeded between them for long; None: none is known to have been missed.
    """

    account: int
    part: str
    region: str
    first_at: datetime | None = None
    last_at: datetime | None = None
    next_at: datetime | None = None
    apart: tuple[datetime, datetime] | None = None

    def state(self, at: datetime) -> ReadingState:
        """Return what is known of the part at the time that the reading was asked for."""
        if self.last_at is None:
            return ReadingState.UNKNOWN
        if at <= self.last_at:
            return ReadingState.SAME
        return ReadingState.NOT_READ_SINCE if self.next_at is None else ReadingState.CHANGED_BETWEEN
