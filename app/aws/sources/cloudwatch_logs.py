"""A log group of CloudWatch Logs that a trail delivers to: for accounts whose trail's bucket nobody lets us read.

Source: CloudWatch Logs API Reference, FilterLogEvents: at most 10,000 events or 1 MB a page, oldest first; pages may be
empty and yet have a next one. CloudWatch Logs User Guide, "CloudWatch Logs quotas": five requests a second for each
account and Region. CloudTrail User Guide, "Monitoring CloudTrail Log Files with Amazon CloudWatch Logs": each log event
is one record, and what is larger than 256 kB is not sent there at all.

Nobody could try it on a real AWS account: neither the pattern, nor whether the time of a log event is that of the call
or of its delivery. Either way the last `LOOK_BACK` is read again each time.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from itertools import islice
from math import ceil
from time import monotonic
from typing import Any

from app.aws.budget import RateBudget
from app.aws.errors import NotThere
from app.aws.session import AccountSession
from app.aws.sources._source import Batch, Fetched, Request, Source
from app.core.arn import Arn, parse
from app.core.errors import CouldNotLook
from app.core.model.account import AccountKind
from app.core.model.feed import Cursor, Progress
from app.core.trailfile import calls
from app.core.trailfile.calls import MOST_A_SECOND, SAMPLES, CallPace, Point, Stretch, calls_of, surveyed
from app.core.trailfile.kinds import (
    ACCESS_NAMES,
    KVS_RESOURCE_PREFIX,
    KVS_SOURCE_PREFIX,
    SESSION_NAME_PREFIX,
    SESSION_SOURCE,
    TRAIL_SOURCE,
)

LOOK_BACK = timedelta(minutes=15)
"""Records come within about five minutes of their calls, some later."""
SECOND_LOOK = timedelta(days=1)
"""So long after its time each stretch of `_STEP` is read once more, for what came later than `LOOK_BACK`."""
BUDGET = RateBudget(rate=MOST_A_SECOND["cloudwatch_logs"], burst=5.0)
"""AWS's own limit; one for the process, because all feeds of an account and Region share it."""
_STEP = timedelta(hours=6)
_PAGE = 10_000
_RESOURCES = 8
"""Of so many resources of a record the type is looked at."""
_FEW = 3
"""Days that need no sample, and answers without an event, in a row, that a sample goes on behind."""
_DAY = timedelta(days=1)
"""What is read first, and how far each step goes into the past. No log group keeps less."""


def name_of(group: Arn) -> str:
    """Return the name of a log group."""
    return group.resource.removeprefix("log-group:")


def pattern() -> str:
    """Return the filter pattern that lets through what `core.trailfile.kinds` keeps, and as little else as it can say.

    Changes of permissions are write calls of their services: their many names would not fit into 1,024 characters. Nor
    would more resources than `_RESOURCES` of a record. Records of old versions do not say whether they only read.
    Source: CloudWatch Logs User Guide, "Filter pattern syntax for metric filters …", JSON log events.
    """
    changes = " || ".join(f'($.eventSource = "{source}")' for source in (TRAIL_SOURCE, *ACCESS_NAMES))
    kept = (
        f'($.eventSource = "{KVS_SOURCE_PREFIX}*")',
        f'($.eventSource = " {KVS_SOURCE_PREFIX}*")',
        *(f'($.resources[{n}].type = "{KVS_RESOURCE_PREFIX}*")' for n in range(_RESOURCES)),
        f'(($.eventSource = "{SESSION_SOURCE}") && ($.eventName = "{SESSION_NAME_PREFIX}*"))',
        f"((($.readOnly IS FALSE) || ($.readOnly NOT EXISTS)) && ({changes}))",
    )
    return f"{{ {' || '.join(kept)} }}"


@dataclass(frozen=True, slots=True)
class _Position:
    """All from `back_to` to `until` is read; of the day before `back_to` what lies before `at`, None: nothing yet.

    The log group showed nothing of before `oldest`, whatever it was of: whether there was nothing, or it is no longer
    kept, nobody can tell. `keeps` is the longest that it is known to keep. What was new has been read a second time up
    to `again`.
    """

    until: datetime
    back_to: datetime
    oldest: datetime
    again: datetime
    keeps: timedelta = _DAY
    at: datetime | None = None

    def with_seen(self, at: datetime | None, now: datetime) -> "_Position":
        """Return the position with what an event of that time shows of how long the log group keeps its events."""
        oldest = at or now
        return replace(self, oldest=min(self.oldest, oldest), keeps=max(self.keeps, now - oldest))


def read(session: AccountSession, cursor: Cursor | None, request: Request) -> Iterator[Batch]:
    """Yield what is new, the last `LOOK_BACK` again, then what was a day ago and came late, then the past day by day.

    Before that some moments of the past are sampled: then it is known about how many calls it takes.

    Raises:
        CouldNotLook: AWS refused or did not answer.
    """
    account = session.account
    if account.log_group is None:
        raise NotThere(f"account {account.id:012d} has no log group: set log_group", "NoLogGroup")
    reader = _Reader(session, parse(account.log_group), request)
    position = reader.position(cursor)
    reader.recall(cursor, position)
    live = 0
    for page in reader.pages(position.until - LOOK_BACK, request.now):
        live += 1
        position = position.with_seen(page.oldest, request.now)
        newest = request.now if page.is_last else max(position.until, page.newest or position.until)
        position = replace(position, until=newest)
        yield reader.batch(page, position, is_live=True)
    while (until := position.again + _STEP) <= request.now - SECOND_LOOK:
        for page in reader.pages(position.again, until):
            position = replace(position, again=until if page.is_last else page.newest or position.again)
            yield reader.batch(page, position, is_live=False)
    if request.wants_backfill and position.back_to > reader.start and not reader.pace.sampled:
        reader.pace.sampled = reader.stretches(position.back_to, live)
    while request.wants_backfill and position.back_to > reader.start:
        day = max(reader.start, position.back_to - _DAY)
        for page in reader.pages(position.at or day, position.back_to):
            since = position.at or day
            position = position.with_seen(page.oldest, request.now)
            if page.is_last and position.oldest > day:
                # Calls of something else show as well that the group keeps that day, and a trail is seldom silent.
                position = position.with_seen(reader.oldest(day, position.back_to), request.now)
                reader.took(since, since)
            reader.took(since, position.back_to if page.is_last else page.newest or since)
            read_to = replace(position, at=page.newest or position.at)
            position = replace(position, back_to=day, at=None) if page.is_last else read_to
            yield reader.batch(page, position, is_live=False)


SOURCE = Source(permissions=("logs:FilterLogEvents",), kinds=frozenset(AccountKind), read=read)


@dataclass(frozen=True, slots=True)
class _Page:
    """One answer, oldest event first. It may be empty and yet have a next one."""

    events: list[dict[str, Any]]
    is_last: bool

    @property
    def oldest(self) -> datetime | None:
        """The time of its first event, None when there is none."""
        return _moment(self.events[0]["timestamp"]) if self.events else None

    @property
    def newest(self) -> datetime | None:
        """The time of its last event, None when there is none."""
        return _moment(self.events[-1]["timestamp"]) if self.events else None


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads one log group."""

    session: AccountSession
    arn: Arn
    request: Request
    pace: CallPace = field(default_factory=CallPace)
    begun: float = field(default_factory=monotonic)

    @property
    def name(self) -> str:
        """The log group's name."""
        return name_of(self.arn)

    @property
    def start(self) -> datetime:
        """Before that nothing is wanted."""
        return max(self.request.since, datetime.combine(self.request.kept_from, time(), UTC))

    def position(self, cursor: Cursor | None) -> _Position:
        """Return where to go on: at the beginning where what came since may be gone, or the log group is another one.

        And where the cursor is of an earlier release, which wrote down less.
        """
        if cursor is not None and cursor["group"] == self.name and {"oldest", "again"} <= cursor.keys():
            known = _stored(cursor)
            if self.request.now - known.until <= known.keeps:
                return known
        first = self.request.now - _DAY
        return _Position(first, first, first, self.request.now - SECOND_LOOK)

    def recall(self, cursor: Cursor | None, position: _Position) -> None:
        """Go on with the estimate of a cursor, if its position is gone on from."""
        if cursor is not None and cursor["until"] == position.until.isoformat():
            known = calls.from_json(cursor.get("pace"))
            self.pace.sampled, self.pace.foretold, self.pace.pace = known.sampled, known.foretold, known.pace

    def took(self, since: datetime, until: datetime) -> None:
        """Count a call for the past that read what lies between two times."""
        self.pace.took(since, until, self.request.now + timedelta(seconds=monotonic() - self.begun))

    def stretches(self, back_to: datetime, live: int) -> tuple[Stretch, ...]:
        """Return how many calls a day the stretches of the past take; a few days as many as the last one, `live`."""
        days = (back_to - self.start) // _DAY
        if days <= _FEW:
            return (Stretch(self.start, back_to, live),)
        return surveyed(self.look(back_to), self.start, min(SAMPLES, days), self.look)

    def look(self, at: datetime) -> Point:
        """Return how many calls the day before a moment takes, by its first page.

        Each day takes whole calls, and one more that asks for what else there is.
        """
        since = max(self.start, at - _DAY)
        reached = since
        for page in islice(self.pages(since, at), _FEW):
            reached = at if page.is_last else page.newest or reached
            if page.events or page.is_last:
                break
        return Point(at, since, ceil(_DAY / max(reached - since, timedelta(minutes=1))) + 1)

    def oldest(self, start: datetime, end: datetime) -> datetime | None:
        """Return when the first event of a stretch of time was, of whatever it tells; None: the group shows none."""
        return next((page.oldest for page in self._answers(start, end, limit=1) if page.events), None)

    def pages(self, start: datetime, end: datetime) -> Iterator[_Page]:
        """Yield the pages of what is kept of a stretch of time."""
        return self._answers(start, end, limit=_PAGE, filterPattern=pattern())

    def _answers(self, start: datetime, end: datetime, **asked: Any) -> Iterator[_Page]:
        self.session.limits["logs:FilterLogEvents"] = BUDGET
        parameters: dict[str, Any] = {
            "logGroupName": self.name,
            "startTime": _milliseconds(start),
            # AWS takes the end into the stretch; days that meet there are not to share it.
            "endTime": _milliseconds(end) - 1,
            # AWS always does so by now; said all the same, for where another run goes on rests on the order.
            "interleaved": True,
            **asked,
        }
        while True:
            answer = self.session.call("logs", "filter_log_events", self.arn.region, **parameters)
            token = answer.get("nextToken")
            yield _Page(answer.get("events", []), is_last=not token)
            if not token:
                return
            if token == parameters.get("nextToken"):
                raise CouldNotLook(f"logs:FilterLogEvents in {self.arn.region} repeats its page token")
            parameters["nextToken"] = token

    def batch(self, page: _Page, position: _Position, *, is_live: bool) -> Batch:
        """Return a page's records with the position behind them."""
        fetched = tuple(
            Fetched(
                f"logs://{self.name}/{event.get('logStreamName', '')}",
                str(event.get("message", "")).encode("utf-8", "surrogatepass"),
                is_record=True,
                at=_moment(event.get("timestamp")),
            )
            for event in page.events
        )
        whole = max(0, (self.request.now - self.start).days)
        left = max(0, (position.back_to - self.start).days)
        cursor = {"group": self.name, **_json(position), "pace": calls.to_json(self.pace)}
        span = (self.start, position.back_to) if position.back_to > self.start else None
        progress = Progress(whole - left, whole, "days of the log group", calls_of([(self.pace, span)]))
        return Batch(fetched, cursor, progress, is_live=is_live)


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _moment(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, UTC)


def _json(position: _Position) -> dict[str, Any]:
    return {
        "until": position.until.isoformat(),
        "back_to": position.back_to.isoformat(),
        "oldest": position.oldest.isoformat(),
        "again": position.again.isoformat(),
        "keeps_s": position.keeps.total_seconds(),
        "at": None if position.at is None else position.at.isoformat(),
    }


def _stored(cursor: Mapping[str, Any]) -> _Position:
    at = cursor["at"]
    return _Position(
        datetime.fromisoformat(cursor["until"]),
        datetime.fromisoformat(cursor["back_to"]),
        datetime.fromisoformat(cursor["oldest"]),
        datetime.fromisoformat(cursor["again"]),
        timedelta(seconds=cursor["keeps_s"]),
        None if at is None else datetime.fromisoformat(at),
    )
