"""LookupEvents: the event history of one account and Region, without any trail. The bootstrap.

Source: CloudTrail API Reference, LookupEvents: management events of the last 90 days, newest first, 50 a page, one
attribute a call, two calls a second for each account and Region. So KVS, AssumeRole*, each call that changes a trail
and each service whose calls change permissions are asked for in passes of their own: one pass for a service brings what
it was only asked as well, and is still fewer calls than one for each of its names. Media calls are data events and
never here.

IAM and Organizations write their events in one Region of a partition, us-east-1 in most (CloudTrail User Guide, "Global
service events"); in all others their passes are one empty answer.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from time import monotonic
from typing import Any

from app.aws.budget import RateBudget
from app.aws.session import AccountSession
from app.aws.sources._source import Batch, Fetched, Request, Source
from app.core.errors import CouldNotLook
from app.core.kvs.actions import EVENT_SOURCE
from app.core.model.account import AccountKind
from app.core.model.feed import Cursor, Progress
from app.core.trailfile import calls
from app.core.trailfile.calls import MOST_A_SECOND, SAMPLES, CallPace, Point, Stretch, calls_of, surveyed
from app.core.trailfile.kinds import ACCESS_NAMES, TRAIL_NAMES

ORIGIN = "lookup_events"
HISTORY = timedelta(days=90)
OVERLAP = timedelta(minutes=15)
"""Events turn up late and out of order: so much of the past is asked for again each time."""
STEP = timedelta(hours=6)
"""So much of what is new is asked for at once: after a standstill of days a run goes on where the last one ended, and
what lies in memory is that of some hours."""
SECOND_LOOK = timedelta(days=1)
"""AWS promises no time by which an event is there: so long after its call each is asked for once more."""
_SECOND = timedelta(seconds=1)
"""Times are whole seconds: the events of the one that a page broke off in are asked for again."""
BUDGET = RateBudget(rate=MOST_A_SECOND[ORIGIN], burst=2.0)
"""AWS's own limit; one for the process, because all feeds of an account and Region share it."""

_PAGE = 50
_DAY = timedelta(days=1)
_FEW = 4
"""Pages of a pass that need no estimate: to make one would be as many."""

_PASSES: Mapping[str, tuple[str, str]] = {
    "kvs": ("EventSource", EVENT_SOURCE),
    **{name: ("EventName", name) for name in ("AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity")},
    **{name: ("EventName", name) for name in sorted(TRAIL_NAMES)},
    # Last: of a service that is asked much the past takes longest.
    **{source: ("EventSource", source) for source in ACCESS_NAMES},
}


@dataclass(frozen=True, slots=True)
class _Pass:
    """How far one pass is: read from `back_to` to `until`; `back_to` None when `start` has been reached.

    What was new when it was read has been asked for a second time up to `again`. `pace` moves as it goes back.
    """

    until: datetime
    back_to: datetime | None
    again: datetime
    start: datetime | None = None
    pace: CallPace = field(default_factory=CallPace)


@dataclass(frozen=True, slots=True)
class _Run:
    """One reading of a history, which ends at `start`; `passes` move with it."""

    session: AccountSession
    request: Request
    start: datetime
    passes: dict[str, _Pass]
    begun: float = field(default_factory=monotonic)

    def batch(self, events: Iterable[Mapping[str, Any]], *, is_live: bool, has_more: bool = False) -> Batch:
        """Return a batch with the position behind it."""
        progress = _progress(self.passes, self.start, self.request.now)
        fetched = tuple(_fetched(event) for event in events)
        return Batch(fetched, _cursor(self.passes), progress, is_live=is_live, has_more=has_more)

    def pages(self, name: str, start: datetime, end: datetime) -> "Iterator[_Page]":
        """Yield the pages of one pass between two times, newest first."""
        return _pages(self.session, self.request.region, name, start, end)

    def clock(self) -> datetime:
        """Return the time by the clock that `now` was read from."""
        return self.request.now + timedelta(seconds=monotonic() - self.begun)


def read(session: AccountSession, cursor: Cursor | None, request: Request) -> Iterator[Batch]:
    """Yield what is new in every pass, then what was a day ago and turned up late, then go back in time.

    Each pass goes on from where it was broken off. Before they go back, each shows its first page, and the past of
    those that have many is sampled: then it is known about how many calls all of them take.

    Raises:
        CouldNotLook: AWS refused or did not answer.
    """
    start = max(request.since, request.now - HISTORY)
    # A cursor of an earlier release lacks the passes that it did not have: they begin now and go back like all.
    passes = {name: _Pass(request.now, request.now, request.now - SECOND_LOOK) for name in _PASSES}
    run = _Run(session, request, start, passes | (_stored(cursor, request) if cursor else {}))
    if cursor:
        for name in run.passes:
            yield from _forward(run, name)
        for name in run.passes:
            yield from _again(run, name)
    if request.wants_backfill:
        yield from _sample(run)
        for name in _PASSES:
            yield from _back(run, name)


SOURCE = Source(permissions=("cloudtrail:LookupEvents",), kinds=frozenset(AccountKind), read=read)


def _forward(run: _Run, name: str) -> Iterator[Batch]:
    """Read what is new, step by step: each comes newest first, so that it is stored when it is whole."""
    since, now = run.passes[name].until - OVERLAP, run.request.now
    while since < now:
        until = min(since + STEP, now)
        events = [event for page in run.pages(name, since, until) for event in page.events]
        run.passes[name] = replace(run.passes[name], until=max(until, run.passes[name].until))
        yield run.batch(events, is_live=True, has_more=until < now)
        since = until


def _again(run: _Run, name: str) -> Iterator[Batch]:
    """Read a second time, step by step, what was new a day ago."""
    while (until := run.passes[name].again + STEP) <= run.request.now - SECOND_LOOK:
        events = [event for page in run.pages(name, run.passes[name].again, until) for event in page.events]
        run.passes[name] = replace(run.passes[name], again=until)
        yield run.batch(events, is_live=False)


def _back(run: _Run, name: str, *, is_first: bool = False) -> Iterator[Batch]:
    """Go back page by page. The time of a page's oldest event is where another run goes on: page tokens expire.

    `is_first`: up to the first page that tells how many there are.
    """
    start, back_to, pace = run.start, run.passes[name].back_to, run.passes[name].pace
    if back_to is None:
        return
    if back_to <= start:
        # Nothing older is wanted, or there, by now; and AWS refuses a range that ends before it begins.
        run.passes[name] = replace(run.passes[name], back_to=None, start=back_to)
        yield run.batch((), is_live=False)
        return
    for page in run.pages(name, start, back_to + _SECOND):
        oldest = min((event["EventTime"] for event in page.events), default=back_to)
        still, reached = (None, start) if page.is_last else (oldest, None)
        run.passes[name] = replace(run.passes[name], back_to=still, start=reached)
        pace.took(reached or oldest, back_to, run.clock())
        a_day = _a_day(page, back_to, start)
        if a_day is not None and not pace.sampled:
            pace.sampled = (Stretch(start, oldest, a_day),)
        back_to = oldest
        yield run.batch(page.events, is_live=False)
        if is_first and pace.sampled:
            return


def _sample(run: _Run) -> Iterator[Batch]:
    """Read the first page of each pass, then look into the past of those that have more than a few."""
    for name in _PASSES:
        if not run.passes[name].pace.sampled:
            yield from _back(run, name, is_first=True)
    dense = [name for name in _PASSES if _is_dense(run.passes[name], run.start)]
    for name in dense:
        pace = run.passes[name].pace
        (first,) = pace.sampled
        newest = Point(first.until, first.until, first.a_day)
        pace.sampled = surveyed(
            newest, run.start, max(2, SAMPLES // len(dense)), partial(_look, run, name, first.a_day)
        )


def _is_dense(one: _Pass, start: datetime) -> bool:
    """Whether a pass has more than a few pages by its first one, and was not sampled yet."""
    sampled, back_to = one.pace.sampled, one.back_to
    return back_to is not None and len(sampled) == 1 and sampled[0].calls(start, back_to) > _FEW


def _look(run: _Run, name: str, unless_known: float, at: datetime) -> Point:
    """Return how many pages a day there are before a moment, by one of them."""
    page = next(run.pages(name, run.start, at))
    a_day = _a_day(page, at, run.start)
    seen = run.start if page.is_last else min((event["EventTime"] for event in page.events), default=at)
    return Point(at, seen, unless_known if a_day is None else a_day)


def _a_day(page: "_Page", until: datetime, start: datetime) -> float | None:
    """Return how many pages a day there are before `until`, where `page` is the first; None: it does not tell.

    Of a last page that is the part of one that all down to `start` takes.
    """
    if page.is_last:
        return len(page.events) / _PAGE * (_DAY / max(until - start, _SECOND))
    if not page.events:
        return None
    oldest: datetime = min(event["EventTime"] for event in page.events)
    return _DAY / max(until - oldest, _SECOND)


@dataclass(frozen=True, slots=True)
class _Page:
    """One answer, newest event first. It may be empty and yet have a next one."""

    events: list[dict[str, Any]]
    is_last: bool


def _pages(session: AccountSession, region: str, name: str, start: datetime, end: datetime) -> Iterator[_Page]:
    """Yield the pages of one pass, newest first."""
    session.limits["cloudtrail:LookupEvents"] = BUDGET
    key, value = _PASSES[name]
    parameters: dict[str, Any] = {
        "LookupAttributes": [{"AttributeKey": key, "AttributeValue": value}],
        "StartTime": start,
        "EndTime": end,
        "MaxResults": _PAGE,
    }
    while True:
        answer = session.call("cloudtrail", "lookup_events", region, **parameters)
        token = answer.get("NextToken")
        yield _Page(answer.get("Events", []), is_last=not token)
        if not token:
            return
        if token == parameters.get("NextToken"):
            raise CouldNotLook(f"cloudtrail:LookupEvents in {region} repeats its page token")
        parameters["NextToken"] = token


def _fetched(event: Mapping[str, Any]) -> Fetched:
    """Return the record itself: the fields around it are made of it."""
    record = str(event.get("CloudTrailEvent", "")).encode("utf-8", "surrogatepass")
    return Fetched(ORIGIN, record, is_record=True, at=event.get("EventTime"))


def _progress(passes: Mapping[str, _Pass], start: datetime, now: datetime) -> Progress:
    """A day is done when every event name was read back over it."""
    days = (now - start).days
    left = max(((at.back_to - start).days for at in passes.values() if at.back_to is not None), default=0)
    spans = ((start, at.back_to) if at.back_to is not None and at.back_to > start else None for at in passes.values())
    backfill = calls_of(zip((at.pace for at in passes.values()), spans, strict=True))
    return Progress(days - left, days, "days of event history", backfill)


def _cursor(passes: Mapping[str, _Pass]) -> Cursor:
    return {
        name: {
            "until": at.until.isoformat(),
            "back_to": _text(at.back_to),
            "again": at.again.isoformat(),
            "start": _text(at.start),
            "pace": calls.to_json(at.pace),
        }
        for name, at in passes.items()
    }


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _stored(cursor: Cursor, request: Request) -> dict[str, _Pass]:
    """Return the passes of a cursor. One of an earlier release does not say where they began: they go back again.

    One that stood still for longer than AWS keeps events begins anew: nobody has seen those that are gone meanwhile.
    """

    def time(text: str | None) -> datetime | None:
        return None if text is None else datetime.fromisoformat(text)

    found = {}
    for name, at in cursor.items():
        if name in _PASSES and datetime.fromisoformat(at["until"]) - OVERLAP >= request.now - HISTORY:
            until, back_to, start = datetime.fromisoformat(at["until"]), time(at["back_to"]), time(at.get("start"))
            again = time(at.get("again")) or until
            pace = calls.from_json(at.get("pace"))
            found[name] = _Pass(until, back_to or (until if start is None else None), again, start, pace)
    return found
