"""The filter of a list to take along: as links and as a command, of calls as SQL of our tables and of Athena's too."""

import shlex
from dataclasses import dataclass, replace

from markupsafe import Markup

from app.core.query.athena import athena
from app.core.query.filter import Filter, first_page, url
from app.core.query.moment import Moment, iso
from app.db.queries.pasted_sql import pasted_sql
from app.web import filters
from app.web.visit import Visit


@dataclass(frozen=True, slots=True)
class Copy:
    """One text to copy, with what it is."""

    ident: str
    label: str
    note: str
    text: Markup


def copies(visit: Visit, path: str, query: Filter) -> tuple[Copy, ...]:
    """Return the texts of the list of calls at `path`."""
    pinned = _whole(query)
    return (
        *links(visit, path, query),
        _copy(
            "sql",
            "SQL",
            "The whole list, from this installation's own database by its reading role.",
            pasted_sql(visit.connection, visit.scope, pinned),
        ),
        _copy("athena", "Athena", "The whole list, from the files of CloudTrail. Not run against AWS.", athena(pinned)),
    )


def links(visit: Visit, path: str, query: Filter) -> tuple[Copy, ...]:
    """Return the texts of any list at `path`."""
    base = str(visit.request.base_url).rstrip("/")
    pinned = _whole(query)
    file = f"{path.lstrip('/')}.csv"
    command = f"curl --fail --output kvs-{file} {shlex.quote(base + url(f'/{file}', pinned))}"
    moves = "The range moves on with the clock where it is relative."
    return (
        _copy("link", "Link", moves, base + url(path, first_page(query))),
        _copy(
            "pinned", "Link, pinned", "The same range tomorrow: from and to are written out.", base + url(path, pinned)
        ),
        _copy("curl", "curl", "The whole list as CSV.", command),
    )


def _whole(query: Filter) -> Filter:
    """Return all of a list, over a range that stays."""
    return replace(first_page(query), since=_pinned(query.since), until=_pinned(query.until))


def _pinned(moment: Moment) -> Moment:
    return Moment(iso(moment.at), moment.at)


def _copy(ident: str, label: str, note: str, text: str) -> Copy:
    return Copy(f"copy-{ident}", label, note, filters.bare(text, label))
