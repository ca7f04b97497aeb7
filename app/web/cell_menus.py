"""What a value of a list can be asked: is, is not, only. One menu a value, however many cells show it."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.core.query.filter import NONE, Filter, Verb, first_page, pairs, quoted, url, with_range, with_values
from app.core.query.moment import Moment, iso

AROUND = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Menu:
    """The menu of one value: the list with it, without it, with nothing but it.

    `page` is where the value has a page, `around` the list of what was called a few minutes before and after a time.
    """

    ident: str
    field: str
    value: str
    is_href: str
    not_href: str
    only_href: str
    page: str = ""
    around: str = ""


class Menus:
    """The menus of one page, made while its cells are: each cell gets the id of the menu that it opens.

    A page has hundreds of cells, so what does not differ in an address is written once a field.
    """

    def __init__(self, path: str, query: Filter) -> None:
        self._path = path
        self._query = query
        self._heads: dict[str, tuple[str, str, str]] = {}
        self._made: dict[tuple[str, str, str], Menu] = {}

    def of(self, field: str, value: str, label: str, page: str = "", around: str = "") -> str:
        """Return the id of the menu of a value, which people read as `label` and which may have a page."""
        # A session's name has one page a key.
        made = self._made.get((field, value, page))
        if made is None:
            spec = self._query.listing.field(field)
            text = quoted(value)
            with_it, without_it, alone = self._heads_of(field)
            name = spec.label if spec else field
            asking = with_it + text, without_it + text, alone + text
            made = Menu(f"v{len(self._made)}", name, label, *asking, page, around)
            self._made[field, value, page] = made
        return made.ident

    def of_none(self, field: str) -> str:
        """Return the id of the menu of cells without a value, "" where the list cannot be asked for them."""
        spec = self._query.listing.field(field)
        return self.of(field, NONE, "none") if spec and spec.can_be_none and not spec.is_plain else ""

    def of_time(self, at: datetime, label: str) -> str:
        """Return the id of the menu of the time of a call."""
        since, until = (Moment(iso(each), each) for each in (at - AROUND, at + AROUND))
        around = with_range(with_values(self._query, "time", Verb.IS, []), since, until)
        return self.of("time", iso(at), label, around=url(self._path, around))

    @property
    def made(self) -> tuple[Menu, ...]:
        """The menus that cells open."""
        return tuple(self._made.values())

    def _heads_of(self, field: str) -> tuple[str, str, str]:
        if field not in self._heads:
            query = first_page(self._query)
            free = replace(query, conditions=tuple(c for c in query.conditions if c.field != field))
            # Own calls are folded unless they are asked for, and the value may be one of theirs.
            alone = replace(query, conditions=query.of("own") if field != "own" else ())
            self._heads[field] = (
                _asking(self._path, free, field, Verb.IS),
                _asking(self._path, query, field, Verb.IS_NOT),
                _asking(self._path, alone, field, Verb.IS),
            )
        return self._heads[field]


def _asking(path: str, query: Filter, field: str, verb: Verb) -> str:
    """Return the address of `query` with one condition more, up to its value."""
    address = url(path, query)
    return f"{address}{'&' if pairs(query) else '?'}{field}{verb}="
