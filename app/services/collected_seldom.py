"""How often Python looks for cycles among its objects: seldom, where they come and go by the ten thousand.

Records and pages make hardly any: a hundred pages of all kinds left a thousand objects in cycles, one of the matrix
makes fifty thousand that are in none and was searched a hundred times.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

OBJECTS = 200_000
"""New objects before the newest are looked through, of Python's 700: two batches of records have fewer."""


@contextmanager
def collected_seldom() -> Iterator[None]:
    """Let the whole process collect seldom while this lasts; what is not in a cycle is freed at once all the same."""
    before = gc.get_threshold()
    gc.set_threshold(OBJECTS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
