"""Which columns a list of calls shows: a form of boxes, kept in the URL (`cols=`), and the same as in its files."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from app.core.query.filter import Filter, url
from app.web.filter_form import carried

LABELS: Mapping[str, str] = {
    "time": "Time",
    "account": "Account",
    "region": "Region",
    "action": "Call",
    "source": "Service",
    "outcome": "Outcome",
    "principal": "Principal",
    "kind": "Kind of caller",
    "person": "Person",
    "session": "Session",
    "stream": "Stream",
    "address": "Address",
    "key": "Key",
    "key_kind": "Kind of key",
    "user_agent": "User agent",
    "own": "Own call",
    "event_id": "Event ID",
    "footage": "Footage asked for",
    "footage_from": "Asked for, from",
    "footage_to": "Asked for, to",
    "footage_clock": "Clock of the footage",
    "url_expires_at": "URL expires",
    "addendum": "Late, why",
    "corrects": "Corrects",
    "superseded_by": "Superseded by",
    "integrity": "Integrity",
    "shared_event_id": "Shared event ID",
}
USUAL = frozenset({"time", "action", "outcome", "principal", "person", "session", "stream", "address"})
"""What the list shows, in five columns, when none is chosen."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the list, and whether it is shown."""

    name: str
    label: str
    is_on: bool


@dataclass(frozen=True, slots=True)
class Chooser:
    """The form: a box a column, what it carries along, and the address with the usual columns."""

    columns: tuple[Column, ...]
    hidden: tuple[tuple[str, str], ...]
    usual: str


def chooser(path: str, query: Filter) -> Chooser:
    """Return the form that chooses the columns of the list at `path`."""
    on = frozenset(query.columns) or USUAL
    return Chooser(
        tuple(Column(name, LABELS.get(name, name), name in on) for name in query.listing.columns),
        carried(query, {"cols"}),
        url(path, replace(query, columns=())) if query.columns else "",
    )


def heads(query: Filter) -> tuple[str, ...]:
    """Return the headings of the chosen columns; none where the list shows the usual ones."""
    return tuple(LABELS.get(name, name) for name in query.columns)
