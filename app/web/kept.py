"""Answers that every visit asks for and that change by the hour: each is kept for half a minute."""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")
KEPT_FOR = timedelta(seconds=30)
MOST_KEPT = 64


class Kept(Generic[T]):
    """Answers by what they are of, given within one half minute."""

    def __init__(self) -> None:
        self._kept: dict[object, T] = {}
        self._within = 0
        self._lock = Lock()

    def get(self, key: object, now: datetime, make: Callable[[], T]) -> T:
        """Return what is kept for `key`, or what `make` answers now. Two who ask at once may both make it."""
        within = half_minute(now)
        with self._lock:
            if within == self._within and key in self._kept:
                return self._kept[key]
        made = make()
        with self._lock:
            if within != self._within or len(self._kept) >= MOST_KEPT:
                self._kept.clear()
                self._within = within
            self._kept[key] = made
        return made


def half_minute(at: datetime) -> int:
    """Return which half minute a time lies in."""
    return int(at.timestamp() // KEPT_FOR.total_seconds())
