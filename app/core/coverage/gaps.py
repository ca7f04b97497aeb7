"""Hours of which events may be missing because log files of theirs, or records in them, were not read.

A file's name says when it was delivered, not when its events happened. CloudTrail delivers about five minutes after
the call on average and promises nothing; AWS's older wording, 15 minutes, is taken as the reach of a file (CloudTrail
User Guide, "Get and view your CloudTrail log files").
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from app.core.trailfile.keys import FileKey, FileKind, file_key

REACH = timedelta(minutes=15)
"""How far before its delivery the events of a file lie."""
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)

Folder = tuple[str, str, str]
"""Bucket, the account's folder in it and Region: several trails may write of one account, each into its own folder."""
FILE, RECORD, DAY = "log file", "record", "daily folder"
_Span = tuple[datetime, datetime, str, str, int]
"""From, to, the reason of one file, and what of it was not read and how many."""


@dataclass(frozen=True, slots=True)
class UnreadFile:
    """A log file of a bucket that did not come or could not be read, and why in a word or two.

    `what` of it: the file, `n` records of it (or pieces that are none any more), or all that its day's folder holds,
    which has a key without a time.
    """

    bucket: str
    key: str
    reason: str
    what: str = FILE
    n: int = 1


@dataclass(frozen=True, slots=True)
class Gap:
    """Whole hours, from `start` up to, not including, `end`, of which events may be missing."""

    start: datetime
    end: datetime
    reason: str

    def days(self) -> Iterator[date]:
        """Yield the UTC days that it touches."""
        day, last = self.start.date(), (self.end - _HOUR).date()
        while day <= last:
            yield day
            day += _DAY


def gaps(files: Iterable[UnreadFile]) -> Mapping[Folder, tuple[Gap, ...]]:
    """Return the gaps of each folder, oldest first; hours that touch are one gap, whose reason counts its files.

    What is no log file of CloudTrail's leaves none.
    """
    found: dict[Folder, list[_Span]] = defaultdict(list)
    for file in files:
        key = file_key(file.key)
        if key is not None and key.kind is FileKind.LOG:
            found[file.bucket, key.folder, key.region].append((*_hours(key), file.reason, file.what, file.n))
    return {folder: tuple(_gap(run) for run in _runs(sorted(spans))) for folder, spans in found.items()}


def gaps_of_records(times: Iterable[datetime], reason: str) -> tuple[Gap, ...]:
    """Return the gaps around records that came one by one and were not read, each at about its time."""
    spans = sorted((_hour(at - REACH), _hour(at) + _HOUR, reason, RECORD, 1) for at in times)
    return tuple(_gap(run) for run in _runs(spans))


def _hours(key: FileKey) -> tuple[datetime, datetime]:
    """Return the hours that a file's events may lie in; a name without a time leaves those of the whole day open."""
    if key.delivered_at is None:
        start = datetime.combine(key.day, time(), UTC)
        return _hour(start - REACH), start + _DAY
    return _hour(key.delivered_at - REACH), _hour(key.delivered_at) + _HOUR


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _runs(spans: list[_Span]) -> list[list[_Span]]:
    """Return the spans, which come by their start, grouped so that those of a group touch."""
    runs: list[list[_Span]] = []
    until = datetime.min.replace(tzinfo=UTC)
    for span in spans:
        if not runs or span[0] > until:
            runs.append([])
        runs[-1].append(span)
        until = max(until, span[1])
    return runs


def _gap(run: list[_Span]) -> Gap:
    counts: Counter[str] = Counter()
    for *_, what, number in run:
        counts[what] += number
    n = " and ".join(f"{n:,} {what}{'' if n == 1 else 's'}" for what, n in sorted(counts.items()))
    reasons = ", ".join(sorted({reason for _, _, reason, *_ in run}))
    return Gap(min(start for start, *_ in run), max(end for _, end, *_ in run), f"{n} not read: {reasons}")
