"""Numbers that were counted day by day: the words for their time, and the range that holds the same calls."""

from collections.abc import Iterable
from dataclasses import replace

from app.core.arn import account_text
from app.core.kvs.actions import MEDIA_READ
from app.core.query.moment import iso
from app.core.timeline.days import bounds_of, days_of
from app.services.read_accounts import month_of
from app.web import viewers
from app.web.span import Span
from app.web.viewers import Pairs
from app.web.visit import Visit

EVERY_CALL: Pairs = [("own", "no"), ("own", "yes")]
"""A timeline that leaves out kvswatch's own calls would show fewer than were counted."""


def days_text(visit: Visit) -> str:
    """Return "whole days, 11-16 to 11-23 UTC": of what time counts by day are."""
    first, last = days_of(visit.span.start, visit.span.end)
    return f"whole days, {first:%m-%d} to {last:%m-%d} UTC" if first != last else f"the whole day {first:%m-%d} UTC"


def over_month(visit: Visit) -> Visit:
    """Return the visit over the days on which the calls of accounts are counted."""
    return replace(visit, span=Span(*month_of(visit.now), "", ""))


def of_days(visit: Visit) -> Pairs:
    """Return the range of the timeline that holds what was counted by day; as of a time it ends there."""
    start, end = bounds_of(visit.span.start, visit.span.end)
    until = visit.past or visit.now
    to = [] if end > until and visit.past is None else [("to", iso(min(end, until)))]
    return [("from", iso(start)), *to]


def calls_href(visit: Visit, pairs: Pairs, actions: Iterable[str] = (), *, is_answered: bool = False) -> str:
    """Return the timeline of the calls behind a number by day, in the accounts that the page is narrowed to."""
    accounts = [("account", account_text(one)) for one in sorted(visit.scope.accounts or ())]
    answered = [("outcome", "ok")] if is_answered else []
    own = [*accounts, *pairs, *viewers.of_actions(frozenset(actions)), *answered, *EVERY_CALL, *of_days(visit)]
    return viewers.to_timeline(own)


def reads_href(visit: Visit, pairs: Pairs) -> str:
    """Return the timeline of the answered calls that show video."""
    return calls_href(visit, pairs, MEDIA_READ, is_answered=True)
