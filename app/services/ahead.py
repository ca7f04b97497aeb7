"""One item ahead: the next is made while the last is used."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

Item = TypeVar("Item")


class _End:
    """Says that there are no more items."""


_END: Final = _End()


def ahead(items: Iterable[Item]) -> Iterator[Item]:
    """Yield `items`, taking the next one in a thread while the caller works with the last.

    Two items lie in memory. What `items` raises is raised here in its place; a caller that stops early waits for the
    item that is under way.
    """
    source = iter(items)

    def following() -> Item | _End:
        return next(source, _END)

    with ThreadPoolExecutor(1, "ahead") as pool:
        coming = pool.submit(following)
        while not isinstance(item := coming.result(), _End):
            coming = pool.submit(following)
            yield item
