"""The filter of the timeline to take along: as links, as a command, as SQL of our tables and of Athena's."""

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
    """Return the texts of the list at `path`."""
    base = str(visit.request.base_url).rstrip("/")
    bare = first_page(query)
    pinned = replace(bare, since=_pinned(query.since), until=_pinned(query.until))
    command = f"curl --fail --output kvs-events.csv {shlex.quote(base + url(f'{path}.csv', pinned))}"
    return (
        _copy("link", "Link", "The range moves on with the clock where it is relative.", base + url(path, bare)),
        _copy(
            "pinned", "Link, pinned", "The same calls tomorrow: from and to are written out.", base + url(path, pinned)
        ),
        _copy("curl", "curl", "The whole list as CSV.", command),
        _copy(
            "sql",
            "SQL",
            "Of this installation's own database, by its reading role.",
            pasted_sql(visit.connection, visit.scope, pinned),
        ),
        _copy("athena", "Athena", "Of the files of CloudTrail. It was not run against AWS.", athena(pinned)),
    )


def _pinned(moment: Moment) -> Moment:
    return Moment(iso(moment.at), moment.at)


def _copy(ident: str, label: str, note: str, text: str) -> Copy:
    return Copy(f"copy-{ident}", label, note, filters.bare(text, label))
