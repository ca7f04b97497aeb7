"""Lists of things that are there now, in the order of their names, page by page."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

from app.core.query.filter import Filter
from app.db.queries.event_filter import escaped


@dataclass(frozen=True, slots=True)
class NamePage:
    """Which rows are asked for: `contains` is looked for, `kind` "" is all, `after` is the (name, id) of the last."""

    limit: int
    contains: str = ""
    kind: str = ""
    after: tuple[str, int] | None = None


def page_of(query: Filter, limit: int, after: tuple[str, int] | None = None) -> NamePage:
    """Return the rows that the fields `name` and `kind` of a filter mean."""
    name, kind = (next(iter(query.values(field)), "") for field in ("name", "kind"))
    return NamePage(limit, name, kind, after)


class Named(Protocol):
    """A row that has its place in such a list."""

    @property
    def name(self) -> str:
        """What it is ordered by as pages print it, letters of any case."""

    @property
    def id(self) -> int:
        """What orders those of one name."""


Row = TypeVar("Row", bound=Named)


def page_sql(noun: str, searched: Sequence[str], also: str = "false", shown: Callable[[str], str] = str) -> str:
    """Return the end of a statement over `noun` and its state `t`: which rows, in which order, how many.

    `also` is a condition under which a row is a hit though no column has what is looked for in it. `shown` gives the
    SQL of what pages print for a name: rows are in its order.
    """
    hits = " or ".join([*(f"{column} ilike :pattern" for column in searched), also])
    own, after = (f"lower({shown(name)})" for name in (f"{noun}.name", ":after_name"))
    return f"""t.removed_at is null and (:kind = '' or t.kind = :kind) and (:pattern = '' or {hits})
      and (:first or ({own}, {noun}.id) > ({after}, :after_id))
      order by {own}, {noun}.id limit :limit"""


def page_values(page: NamePage) -> dict[str, Any]:
    """Return the parameters of `page_sql`."""
    return {
        "kind": page.kind,
        "pattern": f"%{escaped(page.contains)}%" if page.contains else "",
        "first": page.after is None,
        "after_name": page.after[0] if page.after else "",
        "after_id": page.after[1] if page.after else 0,
        "limit": page.limit,
    }


def all_pages(read: Callable[[NamePage], tuple[Row, ...]], page: NamePage) -> Iterator[tuple[Row, ...]]:
    """Yield page after page until there is none, each of at most `page.limit` rows."""
    while rows := read(page):
        yield rows
        if len(rows) < page.limit:
            return
        page = replace(page, after=(rows[-1].name, rows[-1].id))
