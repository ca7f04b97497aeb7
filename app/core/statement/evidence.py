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
    `counted` are reads of days of which counts alone are kept, whole days: they may be of it.
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
    counted: int = 0

    @property
    def none(self) -> str:
        """What to say of a principal no read of which is stored."""
        return "not kept" if self.counted else self.seen.none


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
    NOT_KEPT = "not kept"


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
    """The verdict, how many reads were seen, and every doubt about there having been no more.

    `unsure` are reads of which it is not known whether they are of the video, or the interval, in question.
    """

    verdict: Verdict
    reads: int
    reasons: tuple[Reason, ...] = field(default=())
    unsure: int = 0

    @property
    def title(self) -> str:
        """The verdict without its reasons; what may have been of the video as well must not look like none."""
        match self.verdict:
            case Verdict.PROVEN:
                return "None, proven"
            case Verdict.NOT_PROVABLE if not self.unsure:
                return "None seen, not provable"
            case Verdict.NOT_PROVABLE:
                return f"{_reads(self.unsure)} that may have been of it"
            case Verdict.READS:
                more = f", {self.unsure:,} more that may have been of it" if self.unsure else ""
                return f"{_reads(self.reads)}{more}"

    @property
    def because(self) -> str:
        """Every doubt in one line."""
        return "; ".join(reason.text for reason in self.reasons)

    @property
    def sentence(self) -> str:
        """The verdict as it is printed: where no read is known with the reasons why that proves nothing."""
        if self.verdict is not Verdict.NOT_PROVABLE:
            return self.title
        none = "; that nobody read it is not provable" if self.unsure else ""
        return f"{self.title}{none} because {self.because}"


def _reads(count: int) -> str:
    return f"{count:,} read{'' if count == 1 else 's'}"
