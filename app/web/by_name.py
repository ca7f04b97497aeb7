"""Lists in the order of names: what is looked for, which kind, and where the next page begins."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.digits import ID_DIGITS, number
from app.core.query.filter import Filter, first_page, url
from app.core.query.listing import Listing
from app.db.queries.by_name import Named, NamePage, Row, page_of
from app.web.chips import wrong_place
from app.web.own_views import OwnViews, own_views
from app.web.shell import with_query
from app.web.visit import Visit, asking
from app.web.whole_days import days_text

LIMIT = 100
"""Rows a page."""

Kinds = Sequence[tuple[str, str]]
"""(value in the URL, label) of each kind; the value of all is ""."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the kinds to show."""

    label: str
    href: str
    is_here: bool


@dataclass(frozen=True, slots=True)
class ByName:
    """What templates/partials/_by_name_*.html print around a list; `hint` says what can be looked for.

    `days` are those that the list counts over, in words.
    """

    path: str
    hint: str
    name: str
    kept: tuple[tuple[str, str], ...]
    kinds: tuple[Choice, ...]
    next: str
    is_first: bool
    first: str
    span: str
    days: str
    own_views: OwnViews
    csv: str
    jsonl: str

    @property
    def is_part(self) -> bool:
        """Whether there are more rows than those of this page."""
        return bool(self.next) or not self.is_first


def asked(query: Filter) -> NamePage:
    """Return the rows that the URL asks for, and one more: it tells whether more follow."""
    return page_of(query, LIMIT + 1, cursor("" if query.is_back else query.cursor or ""))


def asking_by_name(visit: Visit, listing: Listing) -> tuple[Visit, Filter]:
    """Return what `asking` does; a place that is none in such a list is complained about, too."""
    asked_visit, query = asking(visit, listing)
    wrong = () if query.is_back else wrong_place(query, lambda text: cursor(text) is not None)
    return asked_visit.complaining(*wrong), query


def cut(found: tuple[Row, ...]) -> tuple[tuple[Row, ...], Row | None]:
    """Return the rows of a page, and the last one of them when more follow."""
    rows = found[:LIMIT]
    return rows, rows[-1] if len(found) > LIMIT else None


def by_name(visit: Visit, query: Filter, kinds: Kinds, hint: str, last: Named | None) -> ByName:
    """Return the frame of a list; `last` is its last row when more follow."""
    request, page = visit.request, asked(query)
    return ByName(
        path=request.url.path,
        hint=hint,
        name=page.contains,
        kept=tuple((k, v) for k, v in request.query_params.multi_items() if k not in {"name", "after"}),
        kinds=tuple(
            Choice(label, with_query(request, kind=value or None), value == page.kind) for value, label in kinds
        ),
        next=with_query(request, after=f"{last.id}:{last.name}") if last is not None else "",
        is_first=page.after is None,
        first=with_query(request, after=None),
        span=visit.span.label,
        days=days_text(visit),
        own_views=own_views(visit, request.url.path, query),
        csv=url(f"{request.url.path}.csv", first_page(query)),
        jsonl=url(f"{request.url.path}.jsonl", first_page(query)),
    )


def cursor(text: str) -> tuple[str, int] | None:
    """Return the (name, id) that `after=ID:NAME` holds; what is none begins at the beginning."""
    ident, mark, name = text.replace("\0", "").partition(":")
    found = number(ident, ID_DIGITS)
    return (name, found) if mark and found is not None else None
