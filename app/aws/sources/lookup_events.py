"""LookupEvents: the event history of one account and Region, without any trail. The bootstrap.

Source: CloudTrail API Reference, LookupEvents: management events of the last 90 days, newest first, 50 a page, one
attribute a call, two calls a second for each account and Region. So KVS, AssumeRole*, each call that changes a trail
and each service whose calls change permissions are asked for in passes of their own: one pass for a service brings what
it was only asked as well, and is still fewer calls than one for each of its names. Media calls are data events and
never here.

IAM and Organizations write their events in one Region of a partition, us-east-1 in most (CloudTrail User Guide, "Global
service events"); in all others their passes are one empty answer.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from app.aws.budget import RateBudget
from app.aws.session import AccountSession
from app.aws.sources._source import Batch, Fetched, Request, Source
from app.core.errors import CouldNotLook
from app.core.kvs.actions import EVENT_SOURCE
from app.core.model.account import AccountKind
from app.core.model.feed import Cursor, Progress
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
BUDGET = RateBudget(rate=2.0, burst=2.0)
"""AWS's own limit; one for the process, because all feeds of an account and Region share it."""

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

    What was new when it was read has been asked for a second time up to `again`.
    """

    until: datetime
    back_to: datetime | None
    again: datetime
    start: datetime | None = None


def read(session: AccountSession, cursor: Cursor | None, request: Request) -> Iterator[Batch]:
    """Yield what is new in every pass, then what was a day ago and turned up late, then go back in time.

    Each pass goes on from where it was broken off.

    Raises:
        CouldNotLook: AWS refused or did not answer.
    """
    start = max(request.since, request.now - HISTORY)
    # A cursor of an earlier release lacks the passes that it did not have: they begin now and go back like all.
    new = _Pass(request.now, request.now, request.now - SECOND_LOOK)
    passes = dict.fromkeys(_PASSES, new) | (_stored(cursor, request) if cursor else {})
    if cursor:
        for name in passes:
            yield from _forward(session, request, name, passes, start)
        for name in passes:
            yield from _again(session, request, name, passes, start)
    for name in _PASSES:
        if request.wants_backfill:
            yield from _back(session, request, name, passes, start)


SOURCE = Source(permissions=("cloudtrail:LookupEvents",), kinds=frozenset(AccountKind), read=read)


def _forward(
    session: AccountSession, request: Request, name: str, passes: dict[str, _Pass], start: datetime
) -> Iterator[Batch]:
    """Read what is new, step by step: each comes newest first, so that it is stored when it is whole."""
    since, now = passes[name].until - OVERLAP, request.now
    while since < now:
        until = min(since + STEP, now)
        pages = _pages(session, request.region, name, since, until)
        events = tuple(_fetched(event) for page in pages for event in page.events)
        passes[name] = replace(passes[name], until=max(until, passes[name].until))
        progress = _progress(passes, start, now)
        yield Batch(events, _cursor(passes), progress, is_live=True, has_more=until < now)
        since = until


def _again(
    session: AccountSession, request: Request, name: str, passes: dict[str, _Pass], start: datetime
) -> Iterator[Batch]:
    """Read a second time, step by step, what was new a day ago."""
    while (until := passes[name].again + STEP) <= request.now - SECOND_LOOK:
        pages = _pages(session, request.region, name, passes[name].again, until)
        events = tuple(_fetched(event) for page in pages for event in page.events)
        passes[name] = replace(passes[name], again=until)
        yield Batch(events, _cursor(passes), _progress(passes, start, request.now), is_live=False)


def _back(
    session: AccountSession, request: Request, name: str, passes: dict[str, _Pass], start: datetime
) -> Iterator[Batch]:
    """Go back page by page. The time of a page's oldest event is where another run goes on: page tokens expire."""
    back_to = passes[name].back_to
    if back_to is None:
        return
    if back_to <= start:
        # Nothing older is wanted, or there, by now; and AWS refuses a range that ends before it begins.
        passes[name] = replace(passes[name], back_to=None, start=back_to)
        yield Batch((), _cursor(passes), _progress(passes, start, request.now), is_live=False)
        return
    for page in _pages(session, request.region, name, start, back_to + _SECOND):
        oldest = min((event["EventTime"] for event in page.events), default=back_to)
        still, reached = (None, start) if page.is_last else (oldest, None)
        passes[name] = replace(passes[name], back_to=still, start=reached)
        yield Batch(
            tuple(_fetched(event) for event in page.events),
            _cursor(passes),
            _progress(passes, start, request.now),
            is_live=False,
        )


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
        "MaxResults": 50,
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
    return Progress(days - left, days, "days of event history")


def _cursor(passes: Mapping[str, _Pass]) -> Cursor:
    return {
        name: {
            "until": at.until.isoformat(),
            "back_to": _text(at.back_to),
            "again": at.again.isoformat(),
            "start": _text(at.start),
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
            found[name] = _Pass(until, back_to or (until if start is None else None), again, start)
    return found
