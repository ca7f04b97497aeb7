"""All that a statement rests on, as plain data."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from app.core.coverage.seen import Seen
from app.core.statement.counts import Compared
from app.core.statement.hours import Hours

MOST_BESIDE = 100
"""Calls beside an interval that are looked at; with one more it is known that there are more."""


@dataclass(frozen=True, slots=True)
class Beside:
    """A call beside the interval that may have shown video within it: `until` is the latest that it could.

    Of a playback URL its end; of a call that lasts, as long as such a call may last.
    """

    action: str
    who: str
    at: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of the reads of one stream or channel in [start, end), as of `now`.

    `reads` are answered calls that show video; `unsure` those of which it is not known whether they asked for the
    video in question, `unsure_listed` how many of these were made with a key that listed fragments of it. `unnamed`
    are answered reads of the account and Region that name no stream. `alive` are playback URLs of before the interval
    that were still good in it, `lasting` calls beside it that may have reached into it.
    `rejected` are records that could not be read and may be of the interval. `refuted` are assumptions that a record
    of AWS has shown to be wrong, in words. `images_to`: where the stream's images go, if it makes any.
    `is_cut`: there were more calls than were looked at. `unlooked`: which calls were left out from the beginning.
    """

    start: datetime
    end: datetime
    now: datetime
    reads: int
    seen: Seen
    hours: Hours
    compared: Compared
    unsure: int = 0
    unsure_listed: int = 0
    unnamed: int = 0
    alive: tuple[Beside, ...] = ()
    lasting: tuple[Beside, ...] = ()
    rejected: int = 0
    refuted: tuple[str, ...] = ()
    images_to: str = ""
    is_cut: bool = False
    unlooked: str = ""


class Doubt(StrEnum):
    """Why nobody can say that there was no read more: what each reason is about."""

    NOT_OVER = "not over"
    NOT_OBSERVED = "not observed"
    UNVERIFIED = "unverified"
    BROKEN = "broken"
    COUNTED = "counted by CloudWatch"
    PLAYED = "played"
    REJECTED = "rejected"
    UNNAMED = "unnamed"
    UNSURE = "unsure"
    ALIVE = "alive"
    LASTING = "lasting"
    IMAGES = "images"
    REFUTED = "refuted"
    CUT = "cut"
    LEFT_OUT = "left out"


@dataclass(frozen=True, slots=True)
class Reason:
    """One doubt, in words."""

    doubt: Doubt
    text: str


class Verdict(StrEnum):
    """What is stated. The first is said only where nothing speaks against it and everything was looked at."""

    PROVEN = "none, proven"
    NOT_PROVABLE = "none seen, not provable"
    READS = "reads"


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict, how many reads were seen, and every doubt about there having been no more."""

    verdict: Verdict
    reads: int
    reasons: tuple[Reason, ...] = field(default=())

    @property
    def sentence(self) -> str:
        """The verdict as it is printed."""
        because = "; ".join(reason.text for reason in self.reasons)
        match self.verdict:
            case Verdict.PROVEN:
                return "None, proven"
            case Verdict.NOT_PROVABLE:
                return f"None seen, not provable because {because}"
            case Verdict.READS:
                return f"{self.reads:,} read{'' if self.reads == 1 else 's'}"
