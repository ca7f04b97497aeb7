"""Why a list of calls is empty: the end of it, a filter, nothing collected, nothing kept, or nobody could look."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from app.core.arn import account_text
from app.core.query.filter import Condition, Filter, first_page, url, with_values
from app.core.query.listing import EVENTS
from app.core.query.moment import Moment
from app.core.retention import Dropped, told_of_calls
from app.db.queries import events as queries
from app.db.queries.retention import counted_days
from app.web.chips import called
from app.web.horizon import Observability
from app.web.visit import Visit

_SHOWN = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Empty:
    """Why the list is empty, and what to do about it."""

    title: str
    text: str
    href: str = ""
    link: str = ""
    is_unseen: bool = False


def no_calls(visit: Visit, path: str, query: Filter, gone: Dropped | None, seen: Observability) -> Empty:
    """Return what an empty list says, and the link that helps.

    `gone` is what retention dropped, `seen` what was observable of the calls asked for.
    """
    if query.cursor:
        return Empty(
            "The list ends here", "There are no calls beyond this place.", url(path, first_page(query)), "First page"
        )
    if gone is not None and query.until.at <= gone.before:
        text = told_of_calls(gone, counted_days(visit.connection, visit.scope))
        return Empty("Not kept any more", text, visit.coverage_href(), "See coverage", is_unseen=True)
    if not queries.has_events(visit.connection, visit.scope):
        return Empty(
            "No call has been collected yet",
            "Calls appear as soon as CloudTrail's files or LookupEvents were read; the accounts page shows how far.",
            "/accounts",
            "See the accounts",
        )
    return _unmatched(visit, path, query, seen)


def _unmatched(visit: Visit, path: str, query: Filter, seen: Observability) -> Empty:
    if seen.strips and seen.is_dark:
        return _unseen(visit, f"Nobody can say that there were none: {seen.reasons}.")
    in_part = "" if seen.is_whole else f" {seen.sentence}"
    names = {account_text(number): name for number, name in visit.accounts}
    culprit = _culprit(visit, query)
    if culprit is not None:
        field = EVENTS.field(culprit.field)
        name = field.label if field else culprit.field
        values = ", ".join(called(value, names) for value in culprit.values[:3])
        dropped = with_values(query, culprit.field, culprit.verb, [])
        return Empty(
            "No call matches",
            f"Without the filter on {name} there are calls.{in_part}",
            url(path, dropped),
            f"Drop {name} {values}",
        )
    if not seen.strips:
        return _of_unknown_streams(visit, path, query)
    return Empty(
        "No call matches in this time range",
        f"This is what was stored, not proof that nothing happened: coverage tells what could be seen.{in_part}",
        visit.coverage_href(),
        "See coverage",
    )


def _of_unknown_streams(visit: Visit, path: str, query: Filter) -> Empty:
    """Return what is said where no stream is known: files of long ago were imported, as a rule."""
    text = "Nobody can say that there were none: no stream is known whose calls these could be."
    newest = queries.newest_day_before(visit.connection, visit.scope, query.since.at)
    if newest is None:
        return _unseen(visit, text)
    since, until = _midnight(newest - _SHOWN), _midnight(newest + timedelta(days=1))
    link = url(path, replace(first_page(query), since=since, until=until))
    text = f"{text} The newest calls before this time are of {newest}."
    return Empty("Not observable here", text, link, f"Show the {_SHOWN.days} days up to them", is_unseen=True)


def _midnight(day: date) -> Moment:
    return Moment(day.isoformat(), datetime.combine(day, time(), UTC))


def _unseen(visit: Visit, text: str) -> Empty:
    return Empty("Not observable here", text, visit.coverage_href(), "See what is missing", is_unseen=True)


def _culprit(visit: Visit, query: Filter) -> Condition | None:
    """Return the condition without which there would be calls, or None when no single one is to blame."""
    for condition in query.conditions:
        without = replace(query, conditions=tuple(c for c in query.conditions if c != condition), limit=1)
        if queries.event_page(visit.connection, visit.scope, without).rows:
            return condition
    return None
