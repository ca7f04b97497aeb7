"""How fast we may ask: a token bucket for each account and Region, shared by all threads of the process."""

import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field


@dataclass
class RateBudget:
    """`rate` calls a second for each key, `burst` of them at once.

    AWS throttles per account and Region, and what we take there the account's own programs no longer have.
    """

    rate: float = 10.0
    burst: float = 20.0
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _buckets: dict[Hashable, tuple[float, float]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def wait(self, key: Hashable) -> None:
        """Return when `key` may make its next call."""
        pause_s = self._take(key)
        if pause_s > 0:
            self.sleep(pause_s)

    def _take(self, key: Hashable) -> float:
        """Take one token, into debt if need be, and return the seconds until the debt is paid."""
        with self._lock:
            now = self.monotonic()
            tokens, then = self._buckets.get(key, (self.burst, now))
            tokens = min(self.burst, tokens + (now - then) * self.rate) - 1
            self._buckets[key] = (tokens, now)
        return max(0.0, -tokens / self.rate)
