"""Waiting for what another process or thread does."""

import time
from collections.abc import Callable


def eventually(happened: Callable[[], object], within_s: float = 20) -> bool:
    """Return whether it happened; looks again after 10 ms, then ever less often, and gives up after `within_s`."""
    deadline, pause_s = time.monotonic() + within_s, 0.01
    while time.monotonic() < deadline:
        if happened():
            return True
        time.sleep(pause_s)
        pause_s = min(pause_s * 1.3, 0.1)
    return False
