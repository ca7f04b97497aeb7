"""Lists in the order of names."""

from dataclasses import dataclass

from app.core.query.filter import parse
from app.core.query.listing import STREAMS
from app.db.queries.by_name import NamePage, all_pages, page_of
from tests.builders.accounts import NOW


@dataclass(frozen=True)
class Thing:
    """A row of a list."""

    name: str
    id: int


THINGS = tuple(Thing(f"cam-{n}", n) for n in range(5))


def read(page: NamePage) -> tuple[Thing, ...]:
    """Return what a statement over THINGS would."""
    rest = [thing for thing in THINGS if page.after is None or (thing.name, thing.id) > page.after]
    return tuple(rest[: page.limit])


def test_all_pages_hold_each_row_once() -> None:
    assert [[thing.id for thing in rows] for rows in all_pages(read, NamePage(2))] == [[0, 1], [2, 3], [4]]


def test_a_last_page_that_is_full_is_the_last() -> None:
    assert [len(rows) for rows in all_pages(read, NamePage(5))] == [5]


def test_a_filter_means_its_name_and_kind() -> None:
    asked = parse([("name", "gate"), ("kind", "channel")], STREAMS, NOW).filter
    assert page_of(asked, 9) == NamePage(9, "gate", "channel")
    assert page_of(parse([], STREAMS, NOW).filter, 9) == NamePage(9)
