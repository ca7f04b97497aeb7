"""Every AWS call that we make, counted: per account, hour, API, Region and outcome."""

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from app.core.model.own_call import CallOutcome, OwnCalls

_Key = tuple[int, datetime, str, str]


@dataclass
class Ledger:
    """Counts since the last `take`. Threads may share one.

    A call is written down as begun before it is sent, and moved to its outcome when the answer is there: `write` (if
    given) gets the first before the request leaves, so that a process killed in between leaves a trace of it.
    Else a killed worker's last calls would look like those of a stolen role.
    """

    write: Callable[[OwnCalls], None] | None = None
    _counts: Counter[tuple[_Key, CallOutcome]] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, account: int, at: datetime, api: str, region: str) -> Callable[[CallOutcome], None]:
        """Write down one attempt; return what to call with its outcome."""
        key = (account, at.replace(minute=0, second=0, microsecond=0), api, region)
        if self.write is not None:
            self.write(OwnCalls(*key, CallOutcome.BEGUN, 1))
        else:
            self._add(key, CallOutcome.BEGUN, 1)

        def end(outcome: CallOutcome) -> None:
            self._add(key, CallOutcome.BEGUN, -1)
            self._add(key, outcome, 1)

        return end

    def take(self) -> tuple[OwnCalls, ...]:
        """Return what to add to the stored counts, and begin anew. `n` is negative for a call that is begun no more."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
        return tuple(sorted(OwnCalls(*key, outcome, n) for (key, outcome), n in counts.items() if n))

    def _add(self, key: _Key, outcome: CallOutcome, n: int) -> None:
        with self._lock:
            self._counts[key, outcome] += n
