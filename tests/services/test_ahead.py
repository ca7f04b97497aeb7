import threading
from collections.abc import Iterator

import pytest

from app.services.ahead import ahead


@pytest.mark.parametrize("count", [0, 1, 2, 30])
def test_it_gives_every_item_once_and_in_order(count: int):
    assert list(ahead(range(count))) == list(range(count))


def test_the_next_item_is_made_while_the_last_is_used():
    is_made = [threading.Event() for _ in range(3)]

    def items() -> Iterator[int]:
        for number in range(3):
            is_made[number].set()
            yield number

    taken = ahead(items())
    assert next(taken) == 0
    assert is_made[1].wait(10)
    assert not is_made[2].is_set()
    assert list(taken) == [1, 2]


def test_an_error_comes_behind_the_items_before_it():
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("the second cannot be read")

    taken = ahead(items())
    assert next(taken) == 1
    with pytest.raises(ValueError, match="the second cannot be read"):
        next(taken)


def test_who_stops_early_leaves_no_thread():
    taken = ahead(range(100))
    next(taken)
    taken.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("ahead")]
