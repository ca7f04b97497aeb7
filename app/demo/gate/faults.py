"""Faults on order: an error, a delay, a dropped connection, or a rate limit, for the calls that match."""

import fnmatch
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from app.demo.gate.call import Call
from app.demo.gate.errors import AwsError, Dropped

_MATCHED = ("service", "operation", "account", "region")


@dataclass(slots=True)
class Fault:
    """What to do to which calls. The four names are globs; `times` None means for ever.

    `rate`: calls a second and (account, Region, operation) that pass; only those above it meet the fault.
    """

    service: str = "*"
    operation: str = "*"
    account: str = "*"
    region: str = "*"
    error: str | None = None
    message: str = "injected by the emulator"
    status: int = 400
    delay_s: float = 0
    drop: bool = False
    times: int | None = None
    rate: float | None = None
    retry_after_s: float | None = None

    def matches(self, call: Call) -> bool:
        """Tell whether this fault is meant for `call`, its count aside."""
        return all(fnmatch.fnmatchcase(getattr(call, name), getattr(self, name)) for name in _MATCHED)


@dataclass(slots=True)
class Faults:
    """The faults that are armed. Of several that match, the first strikes."""

    armed: list[Fault] = field(default_factory=list)
    clock: Callable[[], float] = time.monotonic
    """Seconds, by which rates are counted."""
    _buckets: dict[tuple[int, str, str, str], tuple[float, float]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def arm(self, faults: list[dict[str, Any]]) -> None:
        """Replace all faults.

        Raises:
            TypeError: a fault has a field that there is not.
        """
        fresh = [Fault(**fault) for fault in faults]
        with self._lock:
            self.armed, self._buckets = fresh, {}

    def apply(self, call: Call) -> None:
        """Do to `call` what is armed for it.

        Raises:
            AwsError: the armed error.
            Dropped: the connection is to be closed.
        """
        fault = self._strike(call)
        if fault is None:
            return
        time.sleep(fault.delay_s)
        if fault.drop:
            raise Dropped
        if fault.error is not None:
            headers = {} if fault.retry_after_s is None else {"Retry-After": f"{fault.retry_after_s:g}"}
            raise AwsError(fault.error, fault.message, fault.status, headers)

    def _strike(self, call: Call) -> Fault | None:
        with self._lock:
            for fault in self.armed:
                if fault.times == 0 or not fault.matches(call) or self._passes(fault, call):
                    continue
                if fault.times is not None:
                    fault.times -= 1
                return fault
        return None

    def _passes(self, fault: Fault, call: Call) -> bool:
        """Take a token of the call's bucket; False when the fault has no rate or the bucket is empty."""
        if fault.rate is None:
            return False
        key = (id(fault), call.account, call.region, call.operation)
        now = self.clock()
        tokens, last = self._buckets.get(key, (fault.rate, now))
        tokens = min(fault.rate, tokens + (now - last) * fault.rate)
        self._buckets[key] = (tokens - 1 if tokens >= 1 else tokens, now)
        return tokens >= 1
