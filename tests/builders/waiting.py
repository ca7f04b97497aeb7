"""Waiting for what another process or thread does."""

import time
from collections.abc import Callable


def eventually(happened: Callable[[], object], within_s: float = 20) -> bool:
    """Return whether it happened; looks again every few milliseconds, and gives up after `within_s`."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if happened():
            return True
        time.sleep(0.01)
    return False
