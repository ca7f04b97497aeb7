"""The gate's own log of the calls that it has seen."""

from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.demo.gate.call import Call
from app.demo.gate.callers import Caller

_KEPT = 100_000


@dataclass(frozen=True, slots=True)
class LoggedCall:
    """One call and what came of it. `issued_key` is what an AssumeRole handed out."""

    at: datetime
    account: str
    region: str
    service: str
    operation: str
    status: int
    error: str | None
    access_key: str
    caller: Caller | None
    address: str
    user_agent: str
    params: dict[str, Any]
    issued_key: str | None = None


@dataclass(slots=True)
class Ledger:
    """The newest calls one by one, and counts of all since the start (or the last clearing)."""

    calls: deque[LoggedCall] = field(default_factory=lambda: deque(maxlen=_KEPT))
    fresh: list[LoggedCall] = field(default_factory=list)
    """Calls since the last `drain`."""
    counts: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)
    """(account, Region, service:operation, error or "ok") -> calls."""

    def note(self, logged: LoggedCall) -> None:
        """Add one call."""
        self.calls.append(logged)
        self.fresh.append(logged)
        name = f"{logged.service}:{logged.operation}"
        self.counts[logged.account, logged.region, name, logged.error or "ok"] += 1

    def drain(self) -> list[LoggedCall]:
        """Return the calls since the last time."""
        fresh, self.fresh = self.fresh, []
        return fresh

    def clear(self) -> None:
        """Forget every call."""
        self.calls.clear()
        self.counts.clear()

    def summary(self) -> list[dict[str, Any]]:
        """Return the counts as JSON."""
        names = ("account", "region", "call", "outcome")
        return [{**dict(zip(names, key, strict=True)), "count": count} for key, count in sorted(self.counts.items())]


def logged_call(
    call: Call, caller: Caller | None, at: datetime, status: int, error: str | None, issued_key: str | None
) -> LoggedCall:
    """Return `call` as the ledger keeps it."""
    return LoggedCall(
        at=at,
        account=call.account,
        region=call.region,
        service=call.service,
        operation=call.operation,
        status=status,
        error=error,
        access_key=call.access_key,
        caller=caller,
        address=call.address,
        user_agent=call.user_agent,
        params=call.params,
        issued_key=issued_key,
    )
